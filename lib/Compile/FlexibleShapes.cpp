#include "FlexibleShapes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/xxhash.h"
#include <limits>
#include <map>

using namespace llvm;

namespace mil {

static constexpr StringLiteral attributeName = "FlexibleShapeInformation";

namespace {

struct FlexibleInput {
  StringRef name;
  MultiArrayFeature array;
  bool isImage;
  const MultiArrayFeature::Range *range() const { return std::get_if<MultiArrayFeature::Range>(&array.flexibility); }
  const MultiArrayFeature::Enumerated *choices() const { return std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility); }
};

/// The array [1, channels, height, width] that a program takes for an image.
MultiArrayFeature arrayOf(const ImageFeature &image) {
  int64_t channels = channelsOf(image.colorSpace);
  MultiArrayFeature array;
  if (image.width > 0 && image.height > 0)
    array.shape = {1, channels, image.height, image.width};
  if (const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility)) {
    SizeRange height = range->height.value_or(SizeRange()), width = range->width.value_or(SizeRange());
    array.flexibility = MultiArrayFeature::Range{{{1, 1}, {uint64_t(channels), channels}, height, width}, {}};
  } else if (const auto *choices = std::get_if<ImageFeature::Enumerated>(&image.flexibility)) {
    MultiArrayFeature::Enumerated shapes;
    for (const ImageFeature::Size &size : choices->sizes)
      shapes.shapes.push_back({1, channels, int64_t(size.height), int64_t(size.width)});
    array.flexibility = std::move(shapes);
  }
  return array;
}

/// The flexible arrays and images among the inputs, sorted by name.
std::vector<FlexibleInput> flexibleInputs(const FunctionDescription &description) {
  std::vector<FlexibleInput> inputs;
  for (const FeatureDescription &feature : description.inputs) {
    if (const auto *array = feature.type ? feature.type->as<MultiArrayFeature>() : nullptr)
      inputs.push_back({feature.name, *array, false});
    else if (const auto *image = feature.type ? feature.type->as<ImageFeature>() : nullptr)
      inputs.push_back({feature.name, arrayOf(*image), true});
  }
  erase_if(inputs, [](const FlexibleInput &input) { return std::holds_alternative<std::monostate>(input.array.flexibility); });
  llvm::sort(inputs, [](const FlexibleInput &a, const FlexibleInput &b) { return a.name < b.name; });
  return inputs;
}

/// Whether two flexible arrays have the same default shape and allow the same shapes.
bool sameShapes(const MultiArrayFeature &a, const MultiArrayFeature &b) {
  if (a.shape != b.shape || a.flexibility.index() != b.flexibility.index())
    return false;
  if (const auto *range = std::get_if<MultiArrayFeature::Range>(&a.flexibility))
    return range->sizes == std::get<MultiArrayFeature::Range>(b.flexibility).sizes;
  auto left = std::get<MultiArrayFeature::Enumerated>(a.flexibility).shapes;
  auto right = std::get<MultiArrayFeature::Enumerated>(b.flexibility).shapes;
  llvm::sort(left);
  llvm::sort(right);
  return left == right;
}

/// Whether the function has the attribute, and it agrees with the description.
bool saysTheSame(const Function &function, ArrayRef<FlexibleInput> inputs) {
  if (!function.attribute(attributeName))
    return false;
  FunctionDescription told = describeFunction(function);
  std::vector<FlexibleInput> toldInputs = flexibleInputs(told);
  return equal(inputs, toldInputs,
               [](const FlexibleInput &a, const FlexibleInput &b) { return a.name == b.name && sameShapes(a.array, b.array); });
}

/// Builds the attribute's parts as literals.
class Attributes {
public:
  explicit Attributes(Context &context) : context(context) {}

  /// The shapes by the names of their inputs.
  const Literal *shapes(ArrayRef<std::pair<StringRef, std::vector<int64_t>>> named) {
    std::vector<std::pair<StringRef, const Literal *>> entries;
    for (const auto &[name, shape] : named)
      entries.push_back({name, ints(shape)});
    return dict(Type::tensor(context, DType::Int32, {Type::unknown}), entries);
  }

  const Literal *ranges(ArrayRef<FlexibleInput> inputs) {
    Type bounds = Type::list(context, Type::tensor(context, DType::Int32, {2}), Type::unknown);
    std::vector<std::pair<StringRef, const Literal *>> entries;
    for (const FlexibleInput &input : inputs) {
      SmallVector<const Literal *> dims;
      for (const SizeRange &size : input.range()->sizes)
        dims.push_back(ints({int64_t(size.lower), size.upper}));
      entries.push_back({input.name, Literal::list(context, bounds, dims)});
    }
    return dict(bounds, entries);
  }

  /// The i-th shapes of all inputs go together. Labels are made from the shapes.
  const Literal *choices(ArrayRef<FlexibleInput> inputs) {
    size_t count = std::numeric_limits<size_t>::max();
    for (const FlexibleInput &input : inputs)
      count = std::min(count, input.choices()->shapes.size());
    std::map<std::string, const Literal *> labelled;
    for (size_t i = 0; i != count; ++i) {
      std::vector<std::pair<StringRef, std::vector<int64_t>>> named;
      std::string text;
      raw_string_ostream out(text);
      for (const FlexibleInput &input : inputs) {
        named.push_back({input.name, input.choices()->shapes[i]});
        out << input.name << '\0' << join(map_range(named.back().second, [](int64_t size) { return std::to_string(size); }), ",") << '\0';
      }
      std::string label;
      raw_string_ostream(label) << format("%08x", uint32_t(xxh3_64bits(arrayRefFromStringRef(text))));
      labelled.try_emplace(std::move(label), shapes(named));
    }
    Type valueType = Type::dict(context, string, Type::tensor(context, DType::Int32, {Type::unknown}));
    std::vector<std::pair<StringRef, const Literal *>> entries(labelled.begin(), labelled.end());
    return dict(valueType, entries);
  }

  const Literal *pair(StringRef name, const Literal *value) { return tuple({Literal::string(context, name), value}); }

  const Literal *tuple(ArrayRef<const Literal *> elements) {
    SmallVector<Type> types(map_range(elements, [](const Literal *element) { return element->type(); }));
    return Literal::tuple(context, Type::tuple(context, types), elements);
  }

private:
  const Literal *ints(ArrayRef<int64_t> values) {
    SmallVector<int32_t> narrow;
    for (int64_t value : values) // larger ones are refused, or written as the largest
      narrow.push_back(int32_t(std::clamp<int64_t>(value, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max())));
    return Literal::int32s(context, narrow);
  }

  const Literal *dict(Type valueType, ArrayRef<std::pair<StringRef, const Literal *>> entries) {
    SmallVector<const Literal *> all;
    for (const auto &[name, value] : entries)
      all.append({Literal::string(context, name), value});
    return Literal::dict(context, Type::dict(context, string, valueType), all);
  }

  Context &context;
  Type string = Type::scalar(context, DType::String);
};

std::vector<int64_t> defaultShape(const FlexibleInput &input) {
  if (!input.array.shape.empty())
    return input.array.shape;
  std::vector<int64_t> shape;
  if (const auto *range = input.range())
    for (const SizeRange &size : range->sizes)
      shape.push_back(int64_t(size.lower));
  else if (!input.choices()->shapes.empty())
    shape = input.choices()->shapes.front();
  return shape;
}

} // namespace

const Literal *flexibleShapeInformation(const Function &function, const FunctionDescription &description) {
  std::vector<FlexibleInput> inputs = flexibleInputs(description);
  if (inputs.empty())
    return nullptr;
  if (saysTheSame(function, inputs))
    return function.attribute(attributeName);
  Attributes make(function.program().context());
  std::vector<std::pair<StringRef, std::vector<int64_t>>> defaults;
  std::vector<FlexibleInput> ranged, chosen;
  for (const FlexibleInput &input : inputs) {
    defaults.push_back({input.name, defaultShape(input)});
    (input.range() ? ranged : chosen).push_back(input);
  }
  SmallVector<const Literal *> parts{make.pair("DefaultShapes", make.shapes(defaults))};
  if (!ranged.empty())
    parts.push_back(make.pair("RangeDims", make.ranges(ranged)));
  if (!chosen.empty())
    parts.push_back(make.pair("EnumeratedShapes", make.choices(chosen)));
  return make.tuple(parts);
}

std::string unknownOfFlexibleShapes(const Function &function, const FunctionDescription &description) {
  std::vector<FlexibleInput> inputs = flexibleInputs(description);
  if (inputs.empty() || saysTheSame(function, inputs))
    return "";
  constexpr int64_t largest = std::numeric_limits<int32_t>::max();
  for (const FlexibleInput &input : inputs) {
    std::string named = ("input '" + input.name + "'").str();
    if (input.choices())
      return named + " with enumerated shapes, which the compiler labels";
    if (input.array.shape.empty())
      return named + " of flexible shape without a default";
    for (const SizeRange &size : input.range()->sizes)
      if (size.upper < 0)
        return named + " whose size has no upper bound";
      else if (size.upper > largest || size.lower > uint64_t(largest))
        return named + " whose size may be more than 2147483647";
    for (int64_t size : input.array.shape)
      if (size < 0 || size > largest)
        return named + " whose default size is " + std::to_string(size);
  }
  return "";
}

bool guessesFlexibleImages(const Function &function, const FunctionDescription &description) {
  std::vector<FlexibleInput> inputs = flexibleInputs(description);
  return any_of(inputs, [](const FlexibleInput &input) { return input.isImage; }) && !saysTheSame(function, inputs);
}

} // namespace mil
