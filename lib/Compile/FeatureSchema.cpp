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

/// The sizes of an array: the default, else the first to choose from, else the least.
std::vector<int64_t> shapeOf(const MultiArrayFeature &array) {
  std::vector<int64_t> shape = array.shape;
  if (const auto *choices = std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility);
      choices && shape.empty() && !choices->shapes.empty())
    shape = choices->shapes.front();
  if (const auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility); range && shape.empty())
    for (const SizeRange &size : range->sizes)
      shape.push_back(int64_t(size.lower));
  return shape;
}

/// Fills in one feature's object by its type.
class Schema {
public:
  json describe(const FeatureDescription &feature) {
    entry = {{"name", feature.name}, {"shortDescription", feature.shortDescription}, {"isOptional", "0"}};
    if (feature.type) {
      entry["isOptional"] = feature.type->optional ? "1" : "0";
      mark = feature.type->optional ? "?" : "";
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
    static const std::pair<ColorSpace, const char *> spaces[] = {{ColorSpace::RGB, "RGB"},
                                                                 {ColorSpace::BGR, "BGR"},
                                                                 {ColorSpace::Grayscale, "Grayscale"},
                                                                 {ColorSpace::GrayscaleFloat16, "Grayscale16Half"}};
    bool isColor = channelsOf(image.colorSpace) == 3;
    std::string kind = "Color";
    for (auto [space, name] : spaces)
      if (space == image.colorSpace) {
        entry["colorspace"] = name;
        kind = isColor ? "Color" : name;
      }
    auto [width, height] = sizeOf(image);
    entry["type"] = "Image";
    entry["width"] = width;
    entry["height"] = height;
    entry["isColor"] = isColor ? "1" : "0";
    entry["formattedType"] = "Image (" + kind + " " + width + times.str() + height + ")" + mark;
    entry["hasSizeFlexibility"] = "0";
    using Size = ImageFeature::Size;
    if (const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility)) {
      SizeRange sides[] = {range->width.value_or(SizeRange()), range->height.value_or(SizeRange())};
      entry["hasSizeFlexibility"] = "1";
      entry["sizeFlexibility"] = join(map_range(sides, describeRange), times);
      entry["sizeRange"] = bracketed(join(map_range(sides, printRange), ", "));
    } else if (const auto *choices = std::get_if<ImageFeature::Enumerated>(&image.flexibility)) {
      auto pair = [](const Size &size, StringRef between) {
        return std::to_string(size.width) + between.str() + std::to_string(size.height);
      };
      entry["hasSizeFlexibility"] = "1";
      entry["sizeFlexibility"] = join(map_range(choices->sizes, [&](const Size &size) { return pair(size, times); }), " | ");
      entry["enumeratedSizes"] =
          bracketed(join(map_range(choices->sizes, [&](const Size &size) { return bracketed(pair(size, ", ")); }), ", "));
    }
  }

  void operator()(const DoubleFeature &) { plain("Double"); }
  void operator()(const Int64Feature &) { plain("Int64"); }
  void operator()(const StringFeature &) { plain("String"); }
  void operator()(const SequenceFeature &sequence) {
    std::string element = sequence.element == SequenceFeature::Element::Int64 ? "Int64" : "String";
    SizeRange size = sequence.size.value_or(SizeRange{0, -1});
    entry["type"] = "Sequence";
    entry["valueType"] = element;
    entry["sizeRange"] = printRange(size);
    entry["formattedType"] = "Sequence (" + element + " " + describeRange(size) + ")" + mark;
  }
  void operator()(const DictionaryFeature &dictionary) {
    std::string key = dictionary.key == DictionaryFeature::Key::Int64 ? "Int64" : "String";
    entry["type"] = "Dictionary";
    entry["keyType"] = key;
    entry["formattedType"] = "Dictionary (" + key + " → Double)" + mark;
  }

private:
  void plain(const char *type) {
    entry["type"] = type;
    entry["formattedType"] = type + mark;
  }

  /// The default size, else the first to choose from, else the least.
  static std::pair<std::string, std::string> sizeOf(const ImageFeature &image) {
    const auto *choices = std::get_if<ImageFeature::Enumerated>(&image.flexibility);
    const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility);
    if (image.width > 0 && image.height > 0)
      return {std::to_string(image.width), std::to_string(image.height)};
    if (choices && !choices->sizes.empty())
      return {std::to_string(choices->sizes.front().width), std::to_string(choices->sizes.front().height)};
    if (range)
      return {std::to_string(range->width.value_or(SizeRange()).lower), std::to_string(range->height.value_or(SizeRange()).lower)};
    return {std::to_string(image.width), std::to_string(image.height)};
  }

  void arrayAs(const char *type, const MultiArrayFeature &array) {
    std::vector<int64_t> shape = shapeOf(array);
    std::string element = dataTypeName(array.dataType);
    entry["type"] = type;
    entry["dataType"] = element;
    entry["shape"] = bracketed(joined(shape, ", "));
    entry["formattedType"] = std::string(type) + " (" + element + (shape.empty() ? "" : " ") + joined(shape, times) + ")" + mark;
  }

  json entry;
  std::string mark; ///< at the end of formattedType
};

} // namespace

json featureSchema(const std::vector<FeatureDescription> &features) {
  json schema = json::array();
  for (const FeatureDescription &feature : features)
    schema.push_back(Schema().describe(feature));
  return schema;
}

} // namespace mil
