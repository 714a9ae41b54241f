#include "DescriptionJson.h"
#include "Json.h"
#include "Overloaded.h"
#include "mil/Support/JsonText.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using nlohmann::ordered_json;

namespace mil {

namespace {

/// Integers of 64 bits are texts in protobuf's mapping.
template <typename Integer> ordered_json wide(Integer value) { return std::to_string(value); }

template <typename Sizes> ordered_json wideList(const Sizes &sizes) {
  ordered_json list = ordered_json::array();
  for (auto size : sizes)
    list.push_back(wide(size));
  return list;
}

/// Numbers that JSON doesn't have are texts.
ordered_json number(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value < 0 ? "-Infinity" : "Infinity";
  return value;
}

void putText(ordered_json &object, const char *key, const std::string &text) {
  if (!text.empty())
    object[key] = text;
}

ordered_json ofRange(const SizeRange &range) {
  ordered_json object = ordered_json::object();
  if (range.lower)
    object["lowerBound"] = wide(range.lower);
  if (range.upper)
    object["upperBound"] = wide(range.upper);
  return object;
}

/// The name of an enumerator; its number where it has none.
template <typename Enum> ordered_json ofEnum(Enum value, std::initializer_list<std::pair<Enum, const char *>> names) {
  for (auto [each, name] : names)
    if (each == value)
      return name;
  return int(value);
}

ordered_json ofDataType(ArrayDataType type) {
  return ofEnum(type, {{ArrayDataType::Float16, "FLOAT16"},
                       {ArrayDataType::Float32, "FLOAT32"},
                       {ArrayDataType::Double, "DOUBLE"},
                       {ArrayDataType::Int8, "INT8"},
                       {ArrayDataType::Int32, "INT32"}});
}

ordered_json ofColorSpace(ColorSpace space) {
  return ofEnum(space, {{ColorSpace::Grayscale, "GRAYSCALE"},
                        {ColorSpace::RGB, "RGB"},
                        {ColorSpace::BGR, "BGR"},
                        {ColorSpace::GrayscaleFloat16, "GRAYSCALE_FLOAT16"}});
}

ordered_json ofArray(const MultiArrayFeature &array) {
  ordered_json object = ordered_json::object();
  if (!array.shape.empty())
    object["shape"] = wideList(array.shape);
  if (array.dataType != ArrayDataType::Invalid)
    object["dataType"] = ofDataType(array.dataType);
  if (const auto *choices = std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility)) {
    ordered_json &shapes = object["enumeratedShapes"]["shapes"] = ordered_json::array();
    for (const std::vector<int64_t> &shape : choices->shapes)
      shapes.push_back({{"shape", wideList(shape)}});
  } else if (const auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility)) {
    ordered_json &sizes = object["shapeRange"]["sizeRanges"] = ordered_json::array();
    for (const SizeRange &size : range->sizes)
      sizes.push_back(ofRange(size));
  }
  if (const auto *integer = std::get_if<int32_t>(&array.defaultValue))
    object["intDefaultValue"] = *integer;
  else if (const auto *single = std::get_if<float>(&array.defaultValue))
    object["floatDefaultValue"] = number(double(*single));
  else if (const auto *real = std::get_if<double>(&array.defaultValue))
    object["doubleDefaultValue"] = number(*real);
  return object;
}

ordered_json ofImage(const ImageFeature &image) {
  ordered_json object = ordered_json::object();
  if (image.width)
    object["width"] = wide(image.width);
  if (image.height)
    object["height"] = wide(image.height);
  if (image.colorSpace != ColorSpace::Invalid)
    object["colorSpace"] = ofColorSpace(image.colorSpace);
  if (const auto *choices = std::get_if<ImageFeature::Enumerated>(&image.flexibility)) {
    ordered_json &sizes = object["enumeratedSizes"]["sizes"] = ordered_json::array();
    for (const ImageFeature::Size &size : choices->sizes)
      sizes.push_back({{"width", wide(size.width)}, {"height", wide(size.height)}});
  } else if (const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility)) {
    ordered_json &sides = object["imageSizeRange"] = ordered_json::object();
    if (range->width)
      sides["widthRange"] = ofRange(*range->width);
    if (range->height)
      sides["heightRange"] = ofRange(*range->height);
  }
  return object;
}

ordered_json ofDictionary(const DictionaryFeature &dictionary) {
  using Key = DictionaryFeature::Key;
  ordered_json object = ordered_json::object();
  if (dictionary.key != Key::None)
    object[dictionary.key == Key::Int64 ? "int64KeyType" : "stringKeyType"] = ordered_json::object();
  return object;
}

ordered_json ofSequence(const SequenceFeature &sequence) {
  using Element = SequenceFeature::Element;
  ordered_json object = ordered_json::object();
  if (sequence.element != Element::None)
    object[sequence.element == Element::Int64 ? "int64Type" : "stringType"] = ordered_json::object();
  if (sequence.size)
    object["sizeRange"] = ofRange(*sequence.size);
  return object;
}

ordered_json ofType(const FeatureType &type) {
  ordered_json object = ordered_json::object();
  std::visit(Overloaded{[](const std::monostate &) {}, [&](const Int64Feature &) { object["int64Type"] = ordered_json::object(); },
                        [&](const DoubleFeature &) { object["doubleType"] = ordered_json::object(); },
                        [&](const StringFeature &) { object["stringType"] = ordered_json::object(); },
                        [&](const ImageFeature &image) { object["imageType"] = ofImage(image); },
                        [&](const MultiArrayFeature &array) { object["multiArrayType"] = ofArray(array); },
                        [&](const DictionaryFeature &dictionary) { object["dictionaryType"] = ofDictionary(dictionary); },
                        [&](const SequenceFeature &sequence) { object["sequenceType"] = ofSequence(sequence); },
                        [&](const StateFeature &state) { object["stateType"]["arrayType"] = ofArray(state.array); }},
             type.type);
  if (type.optional)
    object["isOptional"] = true;
  return object;
}

void putFeatures(ordered_json &object, const char *key, const std::vector<FeatureDescription> &features) {
  for (const FeatureDescription &feature : features) {
    ordered_json entry = ordered_json::object();
    putText(entry, "name", feature.name);
    putText(entry, "shortDescription", feature.shortDescription);
    if (feature.type)
      entry["type"] = ofType(*feature.type);
    object[key].push_back(std::move(entry));
  }
}

void putInterface(ordered_json &object, const FunctionDescription &function) {
  putFeatures(object, "input", function.inputs);
  putFeatures(object, "output", function.outputs);
  putFeatures(object, "state", function.states);
  putText(object, "predictedFeatureName", function.predictedFeatureName);
  putText(object, "predictedProbabilitiesName", function.predictedProbabilitiesName);
}

ordered_json ofMetadata(const Metadata &metadata) {
  ordered_json object = ordered_json::object();
  putText(object, "shortDescription", metadata.shortDescription);
  putText(object, "versionString", metadata.version);
  putText(object, "author", metadata.author);
  putText(object, "license", metadata.license);
  if (!metadata.userDefined.empty())
    object["userDefined"] = textsAsJson(metadata.userDefined);
  return object;
}

} // namespace

std::string printDescriptionJson(const Model &model) {
  ordered_json object = ordered_json::object();
  object["specificationVersion"] = model.specificationVersion;
  const ModelDescription description = model.description.value_or(ModelDescription());
  ordered_json &described = object["description"] = ordered_json::object();
  putInterface(described, description.main);
  for (const FunctionDescription &function : description.functions) {
    ordered_json entry = ordered_json::object();
    putText(entry, "name", function.name);
    putInterface(entry, function);
    described["functions"].push_back(std::move(entry));
  }
  putText(described, "defaultFunctionName", description.defaultFunctionName);
  putFeatures(described, "trainingInput", description.trainingInputs);
  if (description.metadata)
    described["metadata"] = ofMetadata(*description.metadata);
  if (model.updatable)
    object["isUpdatable"] = true;
  return jsonText(object) + "\n";
}

namespace {

size_t unknownIn(const MultiArrayFeature &array) {
  size_t count = !array.protoExtra.empty();
  std::visit(Overloaded{[](const std::monostate &) {}, [&](const auto &flexible) { count += !flexible.protoExtra.empty(); }},
             array.flexibility);
  return count;
}

size_t unknownIn(const ImageFeature &image) {
  size_t count = !image.protoExtra.empty();
  std::visit(Overloaded{[](const std::monostate &) {}, [&](const auto &flexible) { count += !flexible.protoExtra.empty(); }},
             image.flexibility);
  return count;
}

size_t unknownIn(const StateFeature &state) { return !state.protoExtra.empty() + unknownIn(state.array); }
size_t unknownIn(std::monostate) { return 0; }
template <typename Feature> size_t unknownIn(const Feature &feature) { return !feature.protoExtra.empty(); }

size_t unknownIn(const std::vector<FeatureDescription> &features) {
  size_t count = 0;
  for (const FeatureDescription &feature : features) {
    count += !feature.protoExtra.empty();
    if (feature.type)
      count += !feature.type->protoExtra.empty() + std::visit([](const auto &type) { return unknownIn(type); }, feature.type->type);
  }
  return count;
}

size_t unknownIn(const FunctionDescription &function) {
  return !function.protoExtra.empty() + unknownIn(function.inputs) + unknownIn(function.outputs) + unknownIn(function.states);
}

} // namespace

size_t unknownFieldsOf(const ModelDescription &description) {
  size_t count = !description.protoExtra.empty() + unknownIn(description.main) + unknownIn(description.trainingInputs);
  for (const FunctionDescription &function : description.functions)
    count += unknownIn(function);
  return count + (description.metadata && !description.metadata->protoExtra.empty());
}

} // namespace mil
