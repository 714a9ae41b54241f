#include "mil/Pass/Interface.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

FunctionDescription *descriptionOf(const Function &function, Model *model) {
  return model && model->description ? model->description->function(function.name()) : nullptr;
}

FeatureDescription *findFeature(std::vector<FeatureDescription> &features, llvm::StringRef name) {
  for (FeatureDescription &feature : features)
    if (feature.name == name)
      return &feature;
  return nullptr;
}

void renameInterface(Function &function, Model *model, Value &value, llvm::StringRef name) {
  std::string old = value.name().str().str();
  value.setName(function.program().context().intern(name));
  FunctionDescription *description = descriptionOf(function, model);
  if (!description)
    return;
  for (auto *features : {&description->inputs, &description->outputs, &description->states})
    if (FeatureDescription *feature = findFeature(*features, old))
      feature->name = name.str();
  for (std::string *predicted : {&description->predictedFeatureName, &description->predictedProbabilitiesName})
    if (*predicted == old)
      *predicted = name.str();
}

void retypeInterface(Function &function, Model *model, llvm::StringRef name, bool isOutput, DType type) {
  FunctionDescription *description = descriptionOf(function, model);
  FeatureDescription *feature = description ? findFeature(isOutput ? description->outputs : description->inputs, name) : nullptr;
  MultiArrayFeature *array = feature && feature->type ? feature->type->as<MultiArrayFeature>() : nullptr;
  std::optional<ArrayDataType> dataType = toArrayDataType(type);
  if (array && dataType)
    array->dataType = *dataType;
}

static bool contains(const SizeRange &range, int64_t size) {
  return size >= 0 && uint64_t(size) >= range.lower && (range.upper < 0 || size <= range.upper);
}

static bool allows(const MultiArrayFeature &array, llvm::ArrayRef<int64_t> shape) {
  if (const auto *choices = std::get_if<MultiArrayFeature::Enumerated>(&array.flexibility))
    return llvm::any_of(choices->shapes, [&](const std::vector<int64_t> &each) { return shape == llvm::ArrayRef(each); });
  if (const auto *range = std::get_if<MultiArrayFeature::Range>(&array.flexibility))
    return range->sizes.size() == shape.size() &&
           llvm::all_of(llvm::zip(range->sizes, shape), [](auto each) { return contains(std::get<0>(each), std::get<1>(each)); });
  return array.shape.empty() || shape == llvm::ArrayRef(array.shape);
}

static bool allows(const ImageFeature &image, llvm::ArrayRef<int64_t> shape) {
  if (shape.size() != 4)
    return false;
  int64_t height = shape[2], width = shape[3];
  if (const auto *choices = std::get_if<ImageFeature::Enumerated>(&image.flexibility))
    return llvm::any_of(choices->sizes,
                        [&](const ImageFeature::Size &size) { return int64_t(size.width) == width && int64_t(size.height) == height; });
  if (const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility))
    return (!range->width || contains(*range->width, width)) && (!range->height || contains(*range->height, height));
  return image.width == width && image.height == height;
}

bool allowsShape(const FeatureDescription &feature, llvm::ArrayRef<int64_t> shape) {
  if (const auto *array = feature.type ? feature.type->as<MultiArrayFeature>() : nullptr)
    return allows(*array, shape);
  const auto *image = feature.type ? feature.type->as<ImageFeature>() : nullptr;
  return !image || allows(*image, shape);
}

void fixShape(FeatureDescription &feature, llvm::ArrayRef<int64_t> shape) {
  if (auto *array = feature.type ? feature.type->as<MultiArrayFeature>() : nullptr) {
    array->shape.assign(shape.begin(), shape.end());
    array->flexibility = {};
  }
  if (auto *image = feature.type ? feature.type->as<ImageFeature>() : nullptr; image && shape.size() == 4) {
    image->height = shape[2], image->width = shape[3];
    image->flexibility = {};
  }
}

} // namespace mil
