#include "Export.h"

namespace mil {

namespace {

/// Starts a message from what the structure had no field for.
template <typename Message> void restore(Message &message, llvm::StringRef extra) {
  if (!extra.empty() && !wire::parse(extra, message))
    message.Clear();
}

/// Brings a repeated field that may hold unknown fields of some elements to the size wanted.
template <typename Field> void resize(Field &field, size_t size) {
  while (size_t(field.size()) < size)
    field.Add();
  while (size_t(field.size()) > size)
    field.RemoveLast();
}

void exportRange(const SizeRange &range, spec::SizeRange &message) {
  message.set_lowerbound(range.lower);
  message.set_upperbound(range.upper);
}

void exportShapes(const MultiArrayFeature::Enumerated &shapes, spec::ArrayFeatureType::EnumeratedShapes &message) {
  restore(message, shapes.protoExtra);
  resize(*message.mutable_shapes(), shapes.shapes.size());
  for (auto [shape, out] : llvm::zip(shapes.shapes, *message.mutable_shapes()))
    out.mutable_shape()->Assign(shape.begin(), shape.end());
}

void exportShapes(const MultiArrayFeature::Range &range, spec::ArrayFeatureType::ShapeRange &message) {
  restore(message, range.protoExtra);
  resize(*message.mutable_sizeranges(), range.sizes.size());
  for (auto [size, out] : llvm::zip(range.sizes, *message.mutable_sizeranges()))
    exportRange(size, out);
}

void exportArray(const MultiArrayFeature &array, spec::ArrayFeatureType &message) {
  restore(message, array.protoExtra);
  message.mutable_shape()->Assign(array.shape.begin(), array.shape.end());
  message.set_datatype(spec::ArrayFeatureType::ArrayDataType(array.dataType));
  if (auto *shapes = std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility))
    exportShapes(*shapes, *message.mutable_enumeratedshapes());
  else if (auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility))
    exportShapes(*range, *message.mutable_shaperange());
  if (auto *value = std::get_if<int32_t>(&array.defaultValue))
    message.set_intdefaultvalue(*value);
  else if (auto *value = std::get_if<float>(&array.defaultValue))
    message.set_floatdefaultvalue(*value);
  else if (auto *value = std::get_if<double>(&array.defaultValue))
    message.set_doubledefaultvalue(*value);
}

void exportSizes(const ImageFeature::Enumerated &sizes, spec::ImageFeatureType::EnumeratedImageSizes &message) {
  restore(message, sizes.protoExtra);
  resize(*message.mutable_sizes(), sizes.sizes.size());
  for (auto [size, out] : llvm::zip(sizes.sizes, *message.mutable_sizes())) {
    out.set_width(size.width);
    out.set_height(size.height);
  }
}

void exportSizes(const ImageFeature::Range &range, spec::ImageFeatureType::ImageSizeRange &message) {
  restore(message, range.protoExtra);
  if (range.width)
    exportRange(*range.width, *message.mutable_widthrange());
  if (range.height)
    exportRange(*range.height, *message.mutable_heightrange());
}

void exportImage(const ImageFeature &image, spec::ImageFeatureType &message) {
  restore(message, image.protoExtra);
  message.set_width(image.width);
  message.set_height(image.height);
  message.set_colorspace(spec::ImageFeatureType::ColorSpace(image.colorSpace));
  if (auto *sizes = std::get_if<ImageFeature::Enumerated>(&image.flexibility))
    exportSizes(*sizes, *message.mutable_enumeratedsizes());
  else if (auto *range = std::get_if<ImageFeature::Range>(&image.flexibility))
    exportSizes(*range, *message.mutable_imagesizerange());
}

/// Writes the type of a feature, whichever it is.
struct TypeExporter {
  spec::FeatureType &message;
  void operator()(std::monostate) const {}
  void operator()(const Int64Feature &type) const { restore(*message.mutable_int64type(), type.protoExtra); }
  void operator()(const DoubleFeature &type) const { restore(*message.mutable_doubletype(), type.protoExtra); }
  void operator()(const StringFeature &type) const { restore(*message.mutable_stringtype(), type.protoExtra); }
  void operator()(const ImageFeature &type) const { exportImage(type, *message.mutable_imagetype()); }
  void operator()(const MultiArrayFeature &type) const { exportArray(type, *message.mutable_multiarraytype()); }
  void operator()(const DictionaryFeature &type) const {
    spec::DictionaryFeatureType &out = *message.mutable_dictionarytype();
    restore(out, type.protoExtra);
    if (type.key == DictionaryFeature::Key::Int64)
      out.mutable_int64keytype();
    else if (type.key == DictionaryFeature::Key::String)
      out.mutable_stringkeytype();
  }
  void operator()(const SequenceFeature &type) const {
    spec::SequenceFeatureType &out = *message.mutable_sequencetype();
    restore(out, type.protoExtra);
    if (type.element == SequenceFeature::Element::Int64)
      out.mutable_int64type();
    else if (type.element == SequenceFeature::Element::String)
      out.mutable_stringtype();
    if (type.size)
      exportRange(*type.size, *out.mutable_sizerange());
  }
  void operator()(const StateFeature &type) const {
    spec::StateFeatureType &out = *message.mutable_statetype();
    restore(out, type.protoExtra);
    // A state's array is always there in a valid model; an absent one was read as an empty one.
    if (!(type.array == MultiArrayFeature()))
      exportArray(type.array, *out.mutable_arraytype());
  }
};

using Features = google::protobuf::RepeatedPtrField<spec::FeatureDescription>;

void exportFeatures(Exporting &at, const std::vector<FeatureDescription> &features, Features &out) {
  for (const FeatureDescription &feature : features) {
    spec::FeatureDescription &message = *out.Add();
    restore(message, feature.protoExtra);
    message.set_name(at.text(feature.name));
    message.set_shortdescription(at.text(feature.shortDescription));
    if (!feature.type)
      continue;
    spec::FeatureType &type = *message.mutable_type();
    restore(type, feature.type->protoExtra);
    type.set_isoptional(feature.type->optional);
    std::visit(TypeExporter{type}, feature.type->type);
  }
}

template <typename Message> void exportInterface(Exporting &at, const FunctionDescription &function, Message &message) {
  exportFeatures(at, function.inputs, *message.mutable_input());
  exportFeatures(at, function.outputs, *message.mutable_output());
  exportFeatures(at, function.states, *message.mutable_state());
  message.set_predictedfeaturename(at.text(function.predictedFeatureName));
  message.set_predictedprobabilitiesname(at.text(function.predictedProbabilitiesName));
}

void exportMetadata(Exporting &at, const Metadata &metadata, spec::Metadata &message) {
  restore(message, metadata.protoExtra);
  message.set_shortdescription(at.text(metadata.shortDescription));
  message.set_versionstring(at.text(metadata.version));
  message.set_author(at.text(metadata.author));
  message.set_license(at.text(metadata.license));
  for (const auto &[key, value] : metadata.userDefined) {
    auto &entry = *message.add_userdefined();
    entry.set_key(at.text(key));
    entry.set_value(at.text(value));
  }
}

} // namespace

void exportDescription(Exporting &at, const ModelDescription &description, spec::ModelDescription &message) {
  restore(message, description.protoExtra);
  exportInterface(at, description.main, message);
  for (const FunctionDescription &function : description.functions) {
    spec::FunctionDescription &out = *message.add_functions();
    restore(out, function.protoExtra);
    out.set_name(at.text(function.name));
    exportInterface(at, function, out);
  }
  message.set_defaultfunctionname(at.text(description.defaultFunctionName));
  exportFeatures(at, description.trainingInputs, *message.mutable_traininginput());
  if (description.metadata)
    exportMetadata(at, *description.metadata, *message.mutable_metadata());
}

} // namespace mil
