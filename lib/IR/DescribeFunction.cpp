// The interface that follows from a function's signature.
//
// Compiled models have their description elsewhere, but what they tell of flexible inputs is also an attribute of the function:
//
//   FlexibleShapeInformation = (("DefaultShapes", {{"x", [1, 1]}}), ("RangeDims", {{"x", [[1, 1], [1, 2048]]}}))
//   FlexibleShapeInformation = (("DefaultShapes", {{"x", [4]}}), ("EnumeratedShapes", {{"543d0f94", {{"x", [1]}}}, {"9e38c1a4", {{"x", [4]}}}}))
#include "mil/IR/Model.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

namespace {

/// The entry of a dictionary with that text as its key; null when there is none.
const Literal *entry(const Literal *dictionary, llvm::StringRef key) {
  if (!dictionary || dictionary->kind() != Literal::Kind::Dict)
    return nullptr;
  for (size_t i = 0; i + 1 < dictionary->elements().size(); i += 2)
    if (dictionary->elements()[i]->asString() == key)
      return dictionary->elements()[i + 1];
  return nullptr;
}

/// The part of FlexibleShapeInformation with that title; null when there is none.
const Literal *flexiblePart(const Function &function, llvm::StringRef title) {
  const Literal *information = function.attribute("FlexibleShapeInformation");
  if (!information || information->kind() != Literal::Kind::Tuple)
    return nullptr;
  for (const Literal *part : information->elements())
    if (part->kind() == Literal::Kind::Tuple && part->elements().size() == 2 && part->elements()[0]->asString() == title)
      return part->elements()[1];
  return nullptr;
}

std::optional<std::vector<int64_t>> shapeOf(const Literal *literal, size_t rank) {
  if (!literal)
    return std::nullopt;
  auto sizes = literal->asInts();
  if (!sizes || sizes->size() != rank)
    return std::nullopt;
  return std::vector<int64_t>(sizes->begin(), sizes->end());
}

std::optional<MultiArrayFeature::Range> rangeOf(const Literal *ranges, size_t rank) {
  if (!ranges || ranges->kind() != Literal::Kind::List || ranges->elements().size() != rank)
    return std::nullopt;
  MultiArrayFeature::Range result;
  for (const Literal *range : ranges->elements()) {
    std::optional<std::vector<int64_t>> bounds = shapeOf(range, 2);
    if (!bounds || (*bounds)[0] < 0)
      return std::nullopt;
    result.sizes.push_back({uint64_t((*bounds)[0]), (*bounds)[1]});
  }
  return result;
}

/// The shapes to choose from, the default one first.
std::optional<MultiArrayFeature::Enumerated> choiceOf(const Literal *choices, llvm::StringRef input, const std::vector<int64_t> &first) {
  if (!choices || choices->kind() != Literal::Kind::Dict)
    return std::nullopt;
  MultiArrayFeature::Enumerated result;
  result.shapes.push_back(first);
  for (size_t i = 1; i < choices->elements().size(); i += 2)
    if (auto shape = shapeOf(entry(choices->elements()[i], input), first.size()); shape && !llvm::is_contained(result.shapes, *shape))
      result.shapes.push_back(std::move(*shape));
  return result.shapes.size() > 1 ? std::optional(std::move(result)) : std::nullopt;
}

/// The array of a tensor type: its static shape, [1] for a scalar.
std::optional<MultiArrayFeature> arrayOf(Type type) {
  std::optional<ArrayDataType> element = type.isTensor() && type.hasRank() ? toArrayDataType(type.dtype()) : std::nullopt;
  if (!element)
    return std::nullopt;
  MultiArrayFeature array;
  array.dataType = *element;
  for (int64_t dim : type.dims())
    array.shape.push_back(dim < 0 ? 1 : dim);
  if (array.shape.empty())
    array.shape.push_back(1);
  return array;
}

FeatureDescription describeInput(const Function &function, const Value &input) {
  FeatureDescription feature;
  feature.name = input.name().str().str();
  std::optional<MultiArrayFeature> array = arrayOf(input.type());
  if (!array)
    return feature;
  if (!input.type().hasStaticShape()) {
    size_t rank = input.type().rank();
    if (auto shape = shapeOf(entry(flexiblePart(function, "DefaultShapes"), feature.name), rank))
      array->shape = std::move(*shape);
    MultiArrayFeature::Range range;
    for (int64_t dim : input.type().dims())
      range.sizes.push_back(dim < 0 ? SizeRange{1, -1} : SizeRange{uint64_t(dim), dim});
    if (auto told = rangeOf(entry(flexiblePart(function, "RangeDims"), feature.name), rank))
      range = std::move(*told);
    array->flexibility = std::move(range);
    if (auto choice = choiceOf(flexiblePart(function, "EnumeratedShapes"), feature.name, array->shape))
      array->flexibility = std::move(*choice);
  }
  feature.type.emplace().type = std::move(*array);
  return feature;
}

FeatureDescription describeState(const Value &state) {
  FeatureDescription feature;
  feature.name = state.name().str().str();
  if (std::optional<MultiArrayFeature> array = arrayOf(state.type().element())) {
    StateFeature held;
    held.array = std::move(*array);
    feature.type.emplace().type = std::move(held);
  }
  return feature;
}

/// An output; shapes that aren't static, and those of scalars, are left out.
FeatureDescription describeOutput(llvm::StringRef name, Type type) {
  FeatureDescription feature;
  feature.name = name.str();
  if (std::optional<MultiArrayFeature> array = arrayOf(type)) {
    if (!type.hasStaticShape() || type.isScalar())
      array->shape.clear();
    feature.type.emplace().type = std::move(*array);
  } else if (type.isScalar() && type.dtype() == DType::String) {
    feature.type.emplace().type = StringFeature();
  } else if (type.isScalar() && type.dtype() == DType::Int64) {
    feature.type.emplace().type = Int64Feature();
  } else if (type && type.kind() == Type::Kind::Dict) {
    DictionaryFeature dictionary;
    dictionary.key = type.element().dtype() == DType::String ? DictionaryFeature::Key::String : DictionaryFeature::Key::Int64;
    feature.type.emplace().type = dictionary;
  }
  return feature;
}

} // namespace

FunctionDescription describeFunction(const Function &function) {
  FunctionDescription description;
  description.name = function.name().str().str();
  for (const Value *input : function.inputs()) {
    if (input->type().isState())
      description.states.push_back(describeState(*input));
    else
      description.inputs.push_back(describeInput(function, *input));
  }
  for (const Operand &output : function.outputs()) {
    if (!output.value())
      continue;
    description.outputs.push_back(describeOutput(output.value()->name(), output.type()));
    const Operation *op = output.value()->definingOp();
    if (op && op->is("classify"))
      (output.value()->index() == 0 ? description.predictedFeatureName : description.predictedProbabilitiesName) =
          output.value()->name().str().str();
  }
  return description;
}

} // namespace mil
