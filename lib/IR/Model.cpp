#include "mil/IR/Model.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

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
  auto it = llvm::find_if(functions, [&](const FunctionDescription &function) { return function.name == name; });
  return it == functions.end() ? nullptr : &*it;
}

FunctionDescription *ModelDescription::function(llvm::StringRef name) {
  return const_cast<FunctionDescription *>(std::as_const(*this).function(name));
}

namespace {

// Specification versions by what came with them.
constexpr int firstWithPrograms = 6;
constexpr int firstWithHalfArrays = 7;
constexpr int firstWithFunctionsAndStates = 9; // also several inputs with shapes to choose from
constexpr int firstWithInt8Arrays = 10;

int requiredByArray(const MultiArrayFeature &array) {
  if (array.dataType == ArrayDataType::Int8)
    return firstWithInt8Arrays;
  return array.dataType == ArrayDataType::Float16 ? firstWithHalfArrays : 0;
}

int requiredByFeature(const FeatureDescription &feature) {
  if (!feature.type)
    return 0;
  if (const auto *array = feature.type->as<MultiArrayFeature>())
    return requiredByArray(*array);
  if (const auto *image = feature.type->as<ImageFeature>())
    return image->colorSpace == ColorSpace::GrayscaleFloat16 ? firstWithHalfArrays : 0;
  return feature.type->as<StateFeature>() ? firstWithFunctionsAndStates : 0;
}

bool hasChoiceOfShapes(const FeatureDescription &feature) {
  if (!feature.type)
    return false;
  const auto *array = feature.type->as<MultiArrayFeature>();
  const auto *image = feature.type->as<ImageFeature>();
  return (array && std::holds_alternative<MultiArrayFeature::Enumerated>(array->flexibility)) ||
         (image && std::holds_alternative<ImageFeature::Enumerated>(image->flexibility));
}

int requiredByInterface(const FunctionDescription &function) {
  int required = function.states.empty() ? 0 : firstWithFunctionsAndStates;
  for (const auto *features : {&function.inputs, &function.outputs, &function.states})
    for (const FeatureDescription &feature : *features)
      required = std::max(required, requiredByFeature(feature));
  if (llvm::count_if(function.inputs, hasChoiceOfShapes) > 1)
    required = std::max(required, firstWithFunctionsAndStates);
  return required;
}

/// `written`: the version that the model had, for what can't be known.
int requiredByProgram(const Program &program, int written) {
  int required = program.functions().size() > 1 ? firstWithFunctionsAndStates : firstWithPrograms;
  for (const Function *function : program.functions()) {
    Opset opset = function->opset();
    required = std::max(required, opset == Opset::Unknown ? written : specificationVersion(opset));
    if (llvm::any_of(function->inputs(), [](const Value *input) { return input->type().isState(); }))
      required = std::max(required, firstWithFunctionsAndStates);
  }
  return required;
}

int requiredByDescription(const ModelDescription &description) {
  int required = requiredByInterface(description.main);
  for (const FunctionDescription &function : description.functions)
    required = std::max({required, firstWithFunctionsAndStates, requiredByInterface(function)});
  return required;
}

} // namespace

int requiredSpecificationVersion(const Model &model) {
  int required = 0;
  llvm::SmallVector<const Model *> pending{&model}; // a pipeline's models have models in turn
  while (!pending.empty()) {
    const Model &next = *pending.pop_back_val();
    if (next.description)
      required = std::max(required, requiredByDescription(*next.description));
    if (next.program)
      required = std::max(required, requiredByProgram(*next.program, next.specificationVersion));
    else if (next.pipeline)
      for (const std::unique_ptr<Model> &stage : next.pipeline->models)
        pending.push_back(stage.get());
    else
      required = std::max(required, next.specificationVersion);
  }
  return required;
}

} // namespace mil
