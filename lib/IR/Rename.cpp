#include "mil/IR/Rename.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

/// The literal with `from` as `to` wherever it is the key of a dictionary; the literal itself if it doesn't occur. Recursive on the nesting
/// of literals, which readers bound.
static const Literal *withKey(Context &context, const Literal *literal, llvm::StringRef from, llvm::StringRef to) {
  Literal::Kind kind = literal->kind();
  bool isDict = kind == Literal::Kind::Dict;
  if (!isDict && kind != Literal::Kind::Tuple && kind != Literal::Kind::List)
    return literal;
  llvm::SmallVector<const Literal *, 8> elements;
  for (auto [i, element] : llvm::enumerate(literal->elements())) {
    bool isKey = isDict && i % 2 == 0;
    elements.push_back(isKey && element->asString() == from ? Literal::string(context, to) : withKey(context, element, from, to));
  }
  if (llvm::equal(elements, literal->elements()))
    return literal;
  switch (kind) {
  case Literal::Kind::Dict:
    return Literal::dict(context, literal->type(), elements);
  case Literal::Kind::Tuple:
    return Literal::tuple(context, literal->type(), elements);
  default:
    return Literal::list(context, literal->type(), elements);
  }
}

static void rename(std::vector<FeatureDescription> &features, llvm::StringRef from, llvm::StringRef to) {
  for (FeatureDescription &feature : features)
    if (feature.name == from)
      feature.name = to.str();
}

void mil::renameValue(Model &model, Value &value, Name name) {
  std::string from = value.name().str().str(), to = name.str().str();
  value.setName(name);
  Block *block = value.block();
  Function *function = block ? block->function() : nullptr;
  if (!function)
    return;
  bool isInput = value.inputOf() && value.inputOf()->bodyOf();
  bool isOutput = llvm::any_of(function->outputs(), [&](Operand &output) { return output.value() == &value; });
  FunctionDescription *described = model.description ? model.description->function(function->name()) : nullptr;
  if (described && isInput) {
    rename(described->inputs, from, to);
    rename(described->states, from, to);
  }
  if (described && isOutput) {
    rename(described->outputs, from, to);
    for (std::string *predicted : {&described->predictedFeatureName, &described->predictedProbabilitiesName})
      if (*predicted == from)
        *predicted = to;
  }
  Context &context = function->program().context();
  if (const Literal *shapes = function->attribute("FlexibleShapeInformation"); shapes && isInput)
    function->setAttribute(context.intern("FlexibleShapeInformation"), withKey(context, shapes, from, to));
}
