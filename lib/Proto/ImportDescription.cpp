// Reading model descriptions. Each structure keeps, as `protoExtra`, a serialised message of its own kind that holds only what the
// structure has no field for: unknown fields, also those of submessages that are plain values in the structure (a size range, a key type).

#include "Import.h"

namespace mil {

namespace {

SizeRange importRange(const spec::SizeRange &message) { return {message.lowerbound(), message.upperbound()}; }

/// A message of the same kind with the unknown fields only.
template <typename Message> Message unknownOf(const Message &message) {
  Message shell;
  if (wire::hasUnknown(message))
    wire::mutableUnknown(shell) = wire::unknown(message);
  return shell;
}

/// Copies the unknown fields of the elements of a repeated field, at their places; empty if there are none.
template <typename Field> void keepUnknown(const Field &from, Field &to) {
  if (llvm::none_of(from, [](const auto &message) { return wire::hasUnknown(message); }))
    return;
  for (const auto &message : from)
    *to.Add() = unknownOf(message);
}

template <typename T, typename Field, typename Import> std::vector<T> importAll(const Field &messages, Import import) {
  std::vector<T> all;
  all.reserve(size_t(messages.size()));
  for (const auto &message : messages)
    all.push_back(import(message));
  return all;
}

MultiArrayFeature::Enumerated importEnumerated(const spec::ArrayFeatureType::EnumeratedShapes &message) {
  MultiArrayFeature::Enumerated shapes;
  for (const auto &shape : message.shapes())
    shapes.shapes.emplace_back(shape.shape().begin(), shape.shape().end());
  auto extra = unknownOf(message);
  keepUnknown(message.shapes(), *extra.mutable_shapes());
  shapes.protoExtra = wire::serialize(extra);
  return shapes;
}

MultiArrayFeature::Range importShapeRange(const spec::ArrayFeatureType::ShapeRange &message) {
  MultiArrayFeature::Range range;
  range.sizes = importAll<SizeRange>(message.sizeranges(), importRange);
  auto extra = unknownOf(message);
  keepUnknown(message.sizeranges(), *extra.mutable_sizeranges());
  range.protoExtra = wire::serialize(extra);
  return range;
}

MultiArrayFeature importArray(const spec::ArrayFeatureType &message) {
  MultiArrayFeature array;
  array.shape.assign(message.shape().begin(), message.shape().end());
  array.dataType = ArrayDataType(message.datatype());
  if (message.has_enumeratedshapes())
    array.flexibility = importEnumerated(message.enumeratedshapes());
  else if (message.has_shaperange())
    array.flexibility = importShapeRange(message.shaperange());
  switch (message.defaultOptionalValue_case()) {
  case spec::ArrayFeatureType::kIntDefaultValue:
    array.defaultValue = message.intdefaultvalue();
    break;
  case spec::ArrayFeatureType::kFloatDefaultValue:
    array.defaultValue = message.floatdefaultvalue();
    break;
  case spec::ArrayFeatureType::kDoubleDefaultValue:
    array.defaultValue = message.doubledefaultvalue();
    break;
  case spec::ArrayFeatureType::DEFAULTOPTIONALVALUE_NOT_SET:
    break;
  }
  array.protoExtra = wire::unknown(message);
  return array;
}

ImageFeature::Enumerated importEnumerated(const spec::ImageFeatureType::EnumeratedImageSizes &message) {
  ImageFeature::Enumerated sizes;
  for (const auto &size : message.sizes())
    sizes.sizes.push_back({size.width(), size.height()});
  auto extra = unknownOf(message);
  keepUnknown(message.sizes(), *extra.mutable_sizes());
  sizes.protoExtra = wire::serialize(extra);
  return sizes;
}

ImageFeature::Range importSizeRange(const spec::ImageFeatureType::ImageSizeRange &message) {
  ImageFeature::Range range;
  auto extra = unknownOf(message);
  if (message.has_widthrange()) {
    range.width = importRange(message.widthrange());
    if (wire::hasUnknown(message.widthrange()))
      *extra.mutable_widthrange() = unknownOf(message.widthrange());
  }
  if (message.has_heightrange()) {
    range.height = importRange(message.heightrange());
    if (wire::hasUnknown(message.heightrange()))
      *extra.mutable_heightrange() = unknownOf(message.heightrange());
  }
  range.protoExtra = wire::serialize(extra);
  return range;
}

ImageFeature importImage(const spec::ImageFeatureType &message) {
  ImageFeature image;
  image.width = message.width();
  image.height = message.height();
  image.colorSpace = ColorSpace(message.colorspace());
  if (message.has_enumeratedsizes())
    image.flexibility = importEnumerated(message.enumeratedsizes());
  else if (message.has_imagesizerange())
    image.flexibility = importSizeRange(message.imagesizerange());
  image.protoExtra = wire::unknown(message);
  return image;
}

DictionaryFeature importDictionary(const spec::DictionaryFeatureType &message) {
  DictionaryFeature dictionary;
  auto extra = unknownOf(message);
  if (message.has_int64keytype()) {
    dictionary.key = DictionaryFeature::Key::Int64;
    if (wire::hasUnknown(message.int64keytype()))
      *extra.mutable_int64keytype() = message.int64keytype();
  } else if (message.has_stringkeytype()) {
    dictionary.key = DictionaryFeature::Key::String;
    if (wire::hasUnknown(message.stringkeytype()))
      *extra.mutable_stringkeytype() = message.stringkeytype();
  }
  dictionary.protoExtra = wire::serialize(extra);
  return dictionary;
}

SequenceFeature importSequence(const spec::SequenceFeatureType &message) {
  SequenceFeature sequence;
  auto extra = unknownOf(message);
  if (message.has_int64type()) {
    sequence.element = SequenceFeature::Element::Int64;
    if (wire::hasUnknown(message.int64type()))
      *extra.mutable_int64type() = message.int64type();
  } else if (message.has_stringtype()) {
    sequence.element = SequenceFeature::Element::String;
    if (wire::hasUnknown(message.stringtype()))
      *extra.mutable_stringtype() = message.stringtype();
  }
  if (message.has_sizerange()) {
    sequence.size = importRange(message.sizerange());
    if (wire::hasUnknown(message.sizerange()))
      *extra.mutable_sizerange() = unknownOf(message.sizerange());
  }
  sequence.protoExtra = wire::serialize(extra);
  return sequence;
}

FeatureType importFeatureType(const spec::FeatureType &message) {
  FeatureType type;
  switch (message.Type_case()) {
  case spec::FeatureType::kInt64Type:
    type.type = Int64Feature{wire::unknown(message.int64type())};
    break;
  case spec::FeatureType::kDoubleType:
    type.type = DoubleFeature{wire::unknown(message.doubletype())};
    break;
  case spec::FeatureType::kStringType:
    type.type = StringFeature{wire::unknown(message.stringtype())};
    break;
  case spec::FeatureType::kImageType:
    type.type = importImage(message.imagetype());
    break;
  case spec::FeatureType::kMultiArrayType:
    type.type = importArray(message.multiarraytype());
    break;
  case spec::FeatureType::kDictionaryType:
    type.type = importDictionary(message.dictionarytype());
    break;
  case spec::FeatureType::kSequenceType:
    type.type = importSequence(message.sequencetype());
    break;
  case spec::FeatureType::kStateType:
    type.type = StateFeature{importArray(message.statetype().arraytype()), wire::unknown(message.statetype())};
    break;
  case spec::FeatureType::TYPE_NOT_SET:
    break;
  }
  type.optional = message.isoptional();
  type.protoExtra = wire::unknown(message);
  return type;
}

FeatureDescription importFeature(const spec::FeatureDescription &message) {
  FeatureDescription feature;
  feature.name = message.name();
  feature.shortDescription = message.shortdescription();
  if (message.has_type())
    feature.type = importFeatureType(message.type());
  feature.protoExtra = wire::unknown(message);
  return feature;
}

/// What a description of one function and the description of a model have in common.
template <typename Message> FunctionDescription importInterface(const Message &message) {
  FunctionDescription function;
  function.inputs = importAll<FeatureDescription>(message.input(), importFeature);
  function.outputs = importAll<FeatureDescription>(message.output(), importFeature);
  function.states = importAll<FeatureDescription>(message.state(), importFeature);
  function.predictedFeatureName = message.predictedfeaturename();
  function.predictedProbabilitiesName = message.predictedprobabilitiesname();
  return function;
}

Metadata importMetadata(const spec::Metadata &message) {
  Metadata metadata;
  metadata.shortDescription = message.shortdescription();
  metadata.version = message.versionstring();
  metadata.author = message.author();
  metadata.license = message.license();
  for (const auto &entry : message.userdefined())
    metadata.userDefined[entry.key()] = entry.value();
  metadata.protoExtra = wire::unknown(message);
  return metadata;
}

} // namespace

ModelDescription importDescription(const spec::ModelDescription &message) {
  ModelDescription description;
  description.main = importInterface(message);
  for (const spec::FunctionDescription &each : message.functions()) {
    FunctionDescription &function = description.functions.emplace_back(importInterface(each));
    function.name = each.name();
    function.protoExtra = wire::unknown(each);
  }
  description.defaultFunctionName = message.defaultfunctionname();
  description.trainingInputs = importAll<FeatureDescription>(message.traininginput(), importFeature);
  if (message.has_metadata())
    description.metadata = importMetadata(message.metadata());
  description.protoExtra = wire::unknown(message);
  return description;
}

} // namespace mil
