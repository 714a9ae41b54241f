#include "mil/IR/Model.h"

namespace mil {

std::optional<ArrayDataType> toArrayDataType(DType type) {
  switch (type) {
  case DType::Float16:
    return ArrayDataType::Float16;
  case DType::Float32:
    return ArrayDataType::Float32;
  case DType::Float64:
    return ArrayDataType::Double;
  case DType::Int8:
    return ArrayDataType::Int8;
  case DType::Int32:
    return ArrayDataType::Int32;
  default:
    return std::nullopt;
  }
}

DType fromArrayDataType(ArrayDataType type) {
  switch (type) {
  case ArrayDataType::Float16:
    return DType::Float16;
  case ArrayDataType::Float32:
    return DType::Float32;
  case ArrayDataType::Double:
    return DType::Float64;
  case ArrayDataType::Int8:
    return DType::Int8;
  case ArrayDataType::Int32:
    return DType::Int32;
  case ArrayDataType::Invalid:
    break;
  }
  return DType::Invalid;
}

const FunctionDescription *ModelDescription::function(llvm::StringRef name) const {
  if (functions.empty())
    return name == "main" ? &main : nullptr;
  for (const FunctionDescription &function : functions)
    if (function.name == name)
      return &function;
  return nullptr;
}

FunctionDescription *ModelDescription::function(llvm::StringRef name) {
  return const_cast<FunctionDescription *>(std::as_const(*this).function(name));
}

namespace {

// The first specification versions with what they are named after.
constexpr int withPrograms = 6, withFloat16Arrays = 7, withStatesAndFunctions = 9, withInt8Arrays = 10;

int requiredBy(const FeatureDescription &feature) {
  if (!feature.type)
    return 0;
  if (auto *array = feature.type->as<MultiArrayFeature>())
    return array->dataType == ArrayDataType::Int8 ? withInt8Arrays : array->dataType == ArrayDataType::Float16 ? withFloat16Arrays : 0;
  if (auto *image = feature.type->as<ImageFeature>())
    return image->colorSpace == ColorSpace::GrayscaleFloat16 ? withFloat16Arrays : 0;
  return feature.type->as<StateFeature>() ? withStatesAndFunctions : 0;
}

int requiredBy(const FunctionDescription &function) {
  int version = function.states.empty() ? 0 : withStatesAndFunctions;
  unsigned enumerated = 0;
  for (const auto *features : {&function.inputs, &function.outputs})
    for (const FeatureDescription &feature : *features)
      version = std::max(version, requiredBy(feature));
  for (const FeatureDescription &input : function.inputs)
    if (auto *array = input.type ? input.type->as<MultiArrayFeature>() : nullptr)
      enumerated += std::holds_alternative<MultiArrayFeature::Enumerated>(array->flexibility);
  // Shapes to choose from on several inputs, which then go together.
  return enumerated > 1 ? std::max(version, withStatesAndFunctions) : version;
}

int requiredBy(const Program &program, int current) {
  int version = program.functions().size() > 1 ? withStatesAndFunctions : withPrograms;
  for (const Function *function : program.functions()) {
    // What an unknown opset needs is unknown; whoever wrote the model knew.
    Opset opset = function->opset();
    version = std::max(version, opset == Opset::Unknown ? current : specificationVersion(opset));
    for (const Value *input : function->inputs())
      if (input->type() && input->type().isState())
        version = std::max(version, withStatesAndFunctions);
  }
  return version;
}

} // namespace

int requiredSpecificationVersion(const Model &model) {
  if (model.otherType || (!model.program && !model.pipeline))
    return model.specificationVersion;
  int version = model.program ? requiredBy(*model.program, model.specificationVersion) : 0;
  if (model.pipeline)
    for (const std::unique_ptr<Model> &stage : model.pipeline->models)
      version = std::max(version, requiredSpecificationVersion(*stage));
  if (const auto &description = model.description) {
    version = std::max(version, requiredBy(description->main));
    if (!description->functions.empty())
      version = std::max(version, withStatesAndFunctions);
    for (const FunctionDescription &function : description->functions)
      version = std::max(version, requiredBy(function));
  }
  return version;
}

} // namespace mil
