#include "FeatureSchema.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using nlohmann::json;

namespace mil {

namespace {

constexpr StringLiteral times = " × ";

template <typename Sizes> std::string joined(const Sizes &sizes, StringRef separator) {
  return join(map_range(sizes, [](auto size) { return std::to_string(size); }), separator);
}

std::string bracketed(const std::string &text) { return "[" + text + "]"; }

std::string dataTypeName(ArrayDataType type) {
  switch (type) {
  case ArrayDataType::Float16:
    return "Float16";
  case ArrayDataType::Float32:
    return "Float32";
  case ArrayDataType::Double:
    return "Double";
  case ArrayDataType::Int8:
    return "Int8";
  case ArrayDataType::Int32:
    return "Int32";
  case ArrayDataType::Invalid:
    break;
  }
  return "";
}

std::string describeRange(const SizeRange &range) {
  std::string lower = std::to_string(range.lower);
  if (range.upper < 0)
    return lower + "...";
  return uint64_t(range.upper) == range.lower ? lower : lower + "..." + std::to_string(range.upper);
}

std::string printRange(const SizeRange &range) { return bracketed(std::to_string(range.lower) + ", " + std::to_string(range.upper)); }

/// The sizes of an array: the default, else the least.
std::vector<int64_t> shapeOf(const MultiArrayFeature &array) {
  std::vector<int64_t> shape = array.shape;
  if (const auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility); range && shape.empty())
    for (const SizeRange &size : range->sizes)
      shape.push_back(int64_t(size.lower));
  return shape;
}

/// Fills in one feature's object by its type.
class Schema {
public:
  explicit Schema(Guesses &guesses) : guesses(guesses) {}

  json describe(const FeatureDescription &feature) {
    entry = {{"name", feature.name}, {"shortDescription", feature.shortDescription}, {"isOptional", "0"}};
    if (feature.type) {
      entry["isOptional"] = feature.type->optional ? "1" : "0";
      std::visit(*this, feature.type->type);
    }
    return std::move(entry);
  }

  void operator()(std::monostate) {}

  void operator()(const MultiArrayFeature &array) {
    arrayAs("MultiArray", array);
    entry["hasShapeFlexibility"] = "0";
    if (const auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility)) {
      entry["hasShapeFlexibility"] = "1";
      entry["shapeFlexibility"] = join(map_range(range->sizes, describeRange), times);
      entry["shapeRange"] = bracketed(join(map_range(range->sizes, printRange), ", "));
    } else if (const auto *choices = std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility)) {
      entry["hasShapeFlexibility"] = "1";
      entry["shapeFlexibility"] = join(map_range(choices->shapes, [](const auto &shape) { return joined(shape, times); }), " | ");
      entry["enumeratedShapes"] =
          bracketed(join(map_range(choices->shapes, [](const auto &shape) { return bracketed(joined(shape, ", ")); }), ", "));
    }
  }

  void operator()(const StateFeature &state) { arrayAs("State", state.array); }

  void operator()(const ImageFeature &image) {
    bool flexible = !std::holds_alternative<std::monostate>(image.flexibility);
    if (flexible)
      guesses.insert("the flexible size of an image");
    static const std::pair<ColorSpace, const char *> spaces[] = {{ColorSpace::RGB, "RGB"},
                                                                 {ColorSpace::BGR, "BGR"},
                                                                 {ColorSpace::Grayscale, "Grayscale"},
                                                                 {ColorSpace::GrayscaleFloat16, "GrayscaleFloat16"}};
    for (auto [space, name] : spaces)
      if (space == image.colorSpace)
        entry["colorspace"] = name;
    bool color = image.colorSpace == ColorSpace::RGB || image.colorSpace == ColorSpace::BGR;
    if (image.colorSpace != ColorSpace::RGB)
      guesses.insert("the colours of an image that is not RGB");
    std::string width = std::to_string(image.width), height = std::to_string(image.height);
    entry["type"] = "Image";
    entry["width"] = width;
    entry["height"] = height;
    entry["isColor"] = color ? "1" : "0";
    entry["hasSizeFlexibility"] = flexible ? "1" : "0";
    entry["formattedType"] = std::string("Image (") + (color ? "Color " : "Grayscale ") + width + times.str() + height + ")";
  }

  void operator()(const DoubleFeature &) { plain("Double"); }
  void operator()(const Int64Feature &) { guessed("Int64"); }
  void operator()(const StringFeature &) { guessed("String"); }
  void operator()(const SequenceFeature &) { guessed("Sequence"); }
  void operator()(const DictionaryFeature &dictionary) {
    guessed("Dictionary");
    std::string key = dictionary.key == DictionaryFeature::Key::Int64 ? "Int64" : "String";
    entry["keyType"] = key;
    entry["formattedType"] = "Dictionary (" + key + " → Double)";
  }

private:
  void plain(const char *type) { entry["type"] = entry["formattedType"] = type; }

  void guessed(const char *type) {
    guesses.insert("a feature of type " + StringRef(type).lower());
    plain(type);
  }

  void arrayAs(const char *type, const MultiArrayFeature &array) {
    std::vector<int64_t> shape = shapeOf(array);
    std::string element = dataTypeName(array.dataType);
    entry["type"] = type;
    entry["dataType"] = element;
    entry["shape"] = bracketed(joined(shape, ", "));
    entry["formattedType"] = std::string(type) + " (" + element + (shape.empty() ? "" : " ") + joined(shape, times) + ")";
  }

  json entry;
  Guesses &guesses;
};

} // namespace

json featureSchema(const std::vector<FeatureDescription> &features, Guesses &guesses) {
  json schema = json::array();
  for (const FeatureDescription &feature : features)
    schema.push_back(Schema(guesses).describe(feature));
  return schema;
}

} // namespace mil
