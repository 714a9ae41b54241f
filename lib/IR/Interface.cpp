// Describing functions by their signatures.
//
// Compiled models keep what is known of flexible inputs in a function attribute, FlexibleShapeInformation:
//
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("RangeDims",        {{"x", [[1, 4], [4, 4]]}, …}))
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("EnumeratedShapes", {{"543d0f94", {{"x", [1, 4]}, …}}, …}))
//
// Source: the attribute as found in compiled models. Inputs of fixed shape are left out of it.

#include "mil/IR/Model.h"

namespace mil {

namespace {

/// The value under a key of a dictionary of strings to literals; null when it is none, or has no such key.
const Literal *lookUp(const Literal *dict, llvm::StringRef key) {
  if (!dict || dict->kind() != Literal::Kind::Dict)
    return nullptr;
  auto elements = dict->elements();
  for (size_t i = 0; i + 1 < elements.size(); i += 2)
    if (elements[i]->asString() == key)
      return elements[i + 1];
  return nullptr;
}

std::optional<std::vector<int64_t>> asShape(const Literal *literal) {
  auto values = literal && literal->isTensor() ? literal->asInts() : std::nullopt;
  if (!values)
    return std::nullopt;
  return std::vector<int64_t>(values->begin(), values->end());
}

class FlexibleShapes {
public:
  explicit FlexibleShapes(const Function &function) {
    const Literal *all = function.attribute("FlexibleShapeInformation");
    if (!all || all->kind() != Literal::Kind::Tuple)
      return;
    for (const Literal *part : all->elements()) {
      if (part->kind() != Literal::Kind::Tuple || part->elements().size() != 2)
        continue;
      llvm::StringRef name = part->elements()[0]->asString().value_or("");
      if (name == "DefaultShapes")
        defaults = part->elements()[1];
      else if (name == "RangeDims")
        ranges = part->elements()[1];
      else if (name == "EnumeratedShapes" && part->elements()[1]->kind() == Literal::Kind::Dict)
        choices = part->elements()[1];
    }
  }

  /// Fills in an input's shapes from the attribute; false if it has none, or some that don't fit the input's type.
  bool describe(llvm::StringRef input, Type type, MultiArrayFeature &array) const {
    auto shape = asShape(lookUp(defaults, input));
    if (!shape || !fits(*shape, type))
      return false;
    array.shape = *shape;
    if (const Literal *dims = lookUp(ranges, input))
      return describeRange(*dims, type, array);
    return choices && describeChoices(input, type, array);
  }

private:
  static bool fits(const std::vector<int64_t> &shape, Type type) { return !type.hasRank() || shape.size() == type.rank(); }

  static bool describeRange(const Literal &dims, Type type, MultiArrayFeature &array) {
    if (dims.kind() != Literal::Kind::List || (type.hasRank() && dims.elements().size() != type.rank()))
      return false;
    MultiArrayFeature::Range range;
    for (const Literal *bounds : dims.elements()) {
      auto pair = asShape(bounds);
      if (!pair || pair->size() != 2 || pair->front() < 0)
        return false;
      range.sizes.push_back({uint64_t(pair->front()), pair->back()});
    }
    array.flexibility = std::move(range);
    return true;
  }

  /// The i-th choices of all inputs go together, so that their order must be the same for all: the default ones first, then by label.
  bool describeChoices(llvm::StringRef input, Type type, MultiArrayFeature &array) const {
    MultiArrayFeature::Enumerated shapes;
    auto elements = choices->elements();
    size_t first = defaultChoice();
    for (size_t i = 0; i + 1 < elements.size(); i += 2) {
      auto shape = asShape(lookUp(elements[i + 1], input));
      if (!shape || !fits(*shape, type))
        return false;
      shapes.shapes.insert(i == first ? shapes.shapes.begin() : shapes.shapes.end(), *shape);
    }
    array.flexibility = std::move(shapes);
    return true;
  }

  /// The index of the label under which every input has its default shape.
  size_t defaultChoice() const {
    auto elements = choices->elements();
    for (size_t i = 0; i + 1 < elements.size(); i += 2) {
      const Literal *shapes = elements[i + 1];
      if (shapes->kind() != Literal::Kind::Dict)
        continue;
      bool same = true;
      for (size_t j = 0; j + 1 < shapes->elements().size(); j += 2) {
        const Literal *standard = lookUp(defaults, shapes->elements()[j]->asString().value_or(""));
        same &= standard && asShape(standard) == asShape(shapes->elements()[j + 1]);
      }
      if (same)
        return i;
    }
    return elements.size();
  }

  const Literal *defaults = nullptr, *ranges = nullptr, *choices = nullptr;
};

MultiArrayFeature arrayOf(Type type) {
  MultiArrayFeature array;
  array.dataType = toArrayDataType(type.dtype()).value_or(ArrayDataType::Invalid);
  return array;
}

/// Any size of an unknown dimension, 1 when it is left open.
void describeByType(Type type, MultiArrayFeature &array) {
  array.shape.clear();
  MultiArrayFeature::Range range;
  for (int64_t dim : type.dims()) {
    array.shape.push_back(dim < 0 ? 1 : dim);
    range.sizes.push_back(dim < 0 ? SizeRange{1, -1} : SizeRange{uint64_t(dim), dim});
  }
  if (type.isScalar())
    array.shape = {1};
  if (type.hasRank() && !type.hasStaticShape())
    array.flexibility = std::move(range);
}

FeatureDescription describeInput(llvm::StringRef name, Type type, const FlexibleShapes &flexible) {
  FeatureDescription feature;
  feature.name = name.str();
  if (type.isState()) {
    StateFeature state{arrayOf(type.element()), {}};
    state.array.shape.assign(type.element().dims().begin(), type.element().dims().end());
    feature.type = FeatureType{std::move(state), false, {}};
  } else if (type.isTensor()) {
    MultiArrayFeature array = arrayOf(type);
    if (!flexible.describe(name, type, array))
      describeByType(type, array);
    feature.type = FeatureType{std::move(array), false, {}};
  }
  return feature;
}

FeatureDescription describeOutput(llvm::StringRef name, Type type) {
  FeatureDescription feature;
  feature.name = name.str();
  if (type.kind() == Type::Kind::Dict) {
    using Key = DictionaryFeature::Key;
    feature.type = FeatureType{DictionaryFeature{type.element().dtype() == DType::String ? Key::String : Key::Int64, {}}, false, {}};
  } else if (type.isScalar() && type.dtype() == DType::String) {
    feature.type = FeatureType{StringFeature(), false, {}};
  } else if (type.isScalar() && type.dtype() == DType::Int64) {
    feature.type = FeatureType{Int64Feature(), false, {}};
  } else if (type.isTensor()) {
    MultiArrayFeature array = arrayOf(type);
    // A scalar's shape is left out, and one that isn't known.
    if (type.hasStaticShape())
      array.shape.assign(type.dims().begin(), type.dims().end());
    feature.type = FeatureType{std::move(array), false, {}};
  }
  return feature;
}

} // namespace

FunctionDescription describeFunction(const Function &function) {
  FunctionDescription description;
  FlexibleShapes flexible(function);
  for (const Value *input : function.inputs())
    if (input->type())
      (input->type().isState() ? description.states : description.inputs).push_back(describeInput(input->name(), input->type(), flexible));
  for (const Operand &output : function.outputs())
    if (Value *value = output.value(); value && value->type())
      description.outputs.push_back(describeOutput(value->name(), value->type()));

  // A classifier's op gives the label and then the probabilities of all labels.
  for (const Operand &output : function.outputs()) {
    const Operation *op = output.value() ? output.value()->definingOp() : nullptr;
    if (!op || !op->is("classify") || op->resultCount() != 2)
      continue;
    (output.value()->index() == 0 ? description.predictedFeatureName : description.predictedProbabilitiesName) =
        output.value()->name().str().str();
  }
  return description;
}

} // namespace mil
