// Feature types in short, for people.
#include "Overloaded.h"
#include "mil/Package/Info.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace mil {

namespace {

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  return "[" + llvm::join(llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }), ", ") + "]";
}

std::string rangeText(const SizeRange &range) {
  if (range.upper >= 0 && uint64_t(range.upper) == range.lower)
    return std::to_string(range.lower);
  return std::to_string(range.lower) + ".." + (range.upper < 0 ? "" : std::to_string(range.upper));
}

std::string arrayText(const MultiArrayFeature &array) {
  std::string text = name(fromArrayDataType(array.dataType)).str();
  auto add = [&](const std::string &part) { text += (text.empty() ? "" : " ") + part; };
  if (const auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility)) {
    add("[" + llvm::join(llvm::map_range(range->sizes, rangeText), ", ") + "]");
  } else if (const auto *choice = std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility)) {
    add(llvm::join(llvm::map_range(choice->shapes, [](const std::vector<int64_t> &shape) { return shapeText(shape); }), " or "));
  } else if (!array.shape.empty()) {
    add(shapeText(array.shape));
  }
  return text;
}

std::string colorText(ColorSpace space) {
  switch (space) {
  case ColorSpace::Grayscale:
    return " grayscale";
  case ColorSpace::RGB:
    return " RGB";
  case ColorSpace::BGR:
    return " BGR";
  case ColorSpace::GrayscaleFloat16:
    return " grayscale fp16";
  case ColorSpace::Invalid:
    break;
  }
  return "";
}

std::string imageText(const ImageFeature &image) {
  std::string text = "image " + std::to_string(image.width) + " x " + std::to_string(image.height);
  if (const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility)) {
    text = "image " + rangeText(range->width.value_or(SizeRange())) + " x " + rangeText(range->height.value_or(SizeRange()));
  } else if (const auto *choice = std::get_if<ImageFeature::Enumerated>(&image.flexibility)) {
    auto sizes = llvm::map_range(
        choice->sizes, [](const ImageFeature::Size &size) { return std::to_string(size.width) + " x " + std::to_string(size.height); });
    text = "image " + llvm::join(sizes, " or ");
  }
  return text + colorText(image.colorSpace);
}

} // namespace

std::string describeFeature(const FeatureType &type) {
  return std::visit(Overloaded{
                        [](const std::monostate &) { return std::string(); },
                        [](const Int64Feature &) { return std::string("int64"); },
                        [](const DoubleFeature &) { return std::string("double"); },
                        [](const StringFeature &) { return std::string("string"); },
                        [](const ImageFeature &image) { return imageText(image); },
                        [](const MultiArrayFeature &array) { return "multiarray " + arrayText(array); },
                        [](const DictionaryFeature &dictionary) {
                          using Key = DictionaryFeature::Key;
                          return std::string(dictionary.key == Key::Int64    ? "dictionary by int64"
                                             : dictionary.key == Key::String ? "dictionary by string"
                                                                             : "dictionary");
                        },
                        [](const SequenceFeature &sequence) {
                          using Element = SequenceFeature::Element;
                          return std::string(sequence.element == Element::Int64    ? "sequence of int64"
                                             : sequence.element == Element::String ? "sequence of string"
                                                                                   : "sequence");
                        },
                        [](const StateFeature &state) { return "state " + arrayText(state.array); },
                    },
                    type.type);
}

} // namespace mil
