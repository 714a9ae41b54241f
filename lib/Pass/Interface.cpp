#include "mil/Pass/Interface.h"

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

} // namespace mil
