// Parses edits that options and bindings give as text.
#include "Editor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include <cmath>
#include <limits>

using llvm::StringRef;

namespace mil {

// ---- Sizes ------------------------------------------------------------------

static std::optional<std::vector<SizeRange>> shapeFromText(StringRef text) {
  constexpr uint64_t most = std::numeric_limits<int64_t>::max();
  std::vector<SizeRange> shape;
  for (StringRef part : llvm::split(text, 'x')) {
    auto [lower, upper] = part.trim().split("..");
    SizeRange size;
    if (lower.getAsInteger(10, size.lower) || size.lower == 0 || size.lower > most)
      return std::nullopt;
    size.upper = int64_t(size.lower);
    if (part.contains("..") && upper.empty())
      size.upper = -1;
    else if (part.contains("..") && (upper.getAsInteger(10, size.upper) || size.upper < int64_t(size.lower)))
      return std::nullopt;
    shape.push_back(size);
  }
  return shape;
}

bool isFixed(llvm::ArrayRef<SizeRange> shape) {
  return llvm::all_of(shape, [](const SizeRange &size) { return size.upper >= 0 && size.lower == uint64_t(size.upper); });
}

std::optional<std::vector<std::vector<SizeRange>>> shapesFromText(StringRef text) {
  std::vector<std::vector<SizeRange>> shapes;
  for (StringRef part : llvm::split(text, ',')) {
    std::optional<std::vector<SizeRange>> shape = shapeFromText(part);
    if (!shape)
      return std::nullopt;
    shapes.push_back(std::move(*shape));
  }
  auto isChoice = [&](const auto &each) { return isFixed(each) && each.size() == shapes.front().size(); };
  if (shapes.size() > 1 && !llvm::all_of(shapes, isChoice))
    return std::nullopt;
  return shapes;
}

// ---- Types and images -------------------------------------------------------

static bool addType(ModelEdits &edits, StringRef name, StringRef value) {
  DType type = dtypeFromName(value);
  edits.types.push_back({name.str(), type});
  return type == DType::Float16 || type == DType::Float32 || type == DType::Int32 || type == DType::Int8;
}

static bool addShapes(ModelEdits &edits, StringRef name, StringRef value) {
  auto shapes = shapesFromText(value);
  if (shapes)
    edits.shapes.push_back({name.str(), std::move(*shapes)});
  return shapes.has_value();
}

static bool addImage(ModelEdits &edits, StringRef name, StringRef value) {
  ColorSpace color = llvm::StringSwitch<ColorSpace>(value)
                         .CaseLower("RGB", ColorSpace::RGB)
                         .CaseLower("BGR", ColorSpace::BGR)
                         .CaseLower("GRAYSCALE", ColorSpace::Grayscale)
                         .CaseLower("GRAYSCALE_FLOAT16", ColorSpace::GrayscaleFloat16)
                         .Default(ColorSpace::Invalid);
  edits.images.push_back({name.str(), color, {}, {}});
  return color != ColorSpace::Invalid;
}

/// For an image that was added before.
static bool addNumbers(ModelEdits &edits, StringRef name, StringRef value, std::vector<double> ModelEdits::Image::*field) {
  auto image =
      llvm::find_if(edits.images, [&](const ModelEdits::Image &each) { return each.feature == name && each.color != ColorSpace::Invalid; });
  if (image == edits.images.end())
    return false;
  std::vector<double> numbers;
  for (StringRef part : llvm::split(value, ','))
    if (part.trim().getAsDouble(numbers.emplace_back()) || !std::isfinite(numbers.back()))
      return false;
  (*image).*field = std::move(numbers);
  return true;
}

// ---- All of them ------------------------------------------------------------

static bool addText(std::optional<std::string> &into, StringRef value) {
  into = value.str();
  return true;
}

static bool addPair(std::vector<std::pair<std::string, std::string>> &into, StringRef name, StringRef value) {
  into.emplace_back(name.str(), value.str());
  return !name.empty();
}

bool addEdit(ModelEdits &edits, EditKind kind, StringRef name, StringRef value) {
  if (!llvm::json::isUTF8(value) || (kind == EditKind::Set && !llvm::json::isUTF8(name)))
    return false;
  switch (kind) {
  case EditKind::Rename:
    return addPair(edits.renames, name, value);
  case EditKind::ElementType:
    return addType(edits, name, value);
  case EditKind::Shape:
    return addShapes(edits, name, value);
  case EditKind::Image:
    return addImage(edits, name, value);
  case EditKind::Array:
    edits.images.push_back({name.str(), ColorSpace::Invalid, {}, {}});
    return true;
  case EditKind::Scale:
    return addNumbers(edits, name, value, &ModelEdits::Image::scale);
  case EditKind::Bias:
    return addNumbers(edits, name, value, &ModelEdits::Image::bias);
  case EditKind::FeatureText:
    return addPair(edits.featureTexts, name, value);
  case EditKind::Label:
    (edits.labels ? *edits.labels : edits.labels.emplace()).push_back(value.str());
    return true;
  case EditKind::Description:
    return addText(edits.description, value);
  case EditKind::Author:
    return addText(edits.author, value);
  case EditKind::License:
    return addText(edits.license, value);
  case EditKind::Version:
    return addText(edits.version, value);
  case EditKind::Set:
    return addPair(edits.set, name, value);
  case EditKind::Unset:
    edits.unset.push_back(name.str());
    return true;
  case EditKind::DefaultFunction:
    edits.defaultFunction = value.str();
    return true;
  }
  return false;
}

} // namespace mil
