// Constants, choices and loops.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"

namespace mil {

/// "(fp32, tensor<int32, [4]>)": the types of what a block takes or gives.
template <typename Range> static std::string typesOf(const Range &values) {
  std::string text = "(";
  for (const auto &value : values) {
    if (text.size() > 1)
      text += ", ";
    text += value.type() ? value.type().str() : "no type";
  }
  return text + ")";
}

/// The outputs of a block, and whether each has a type.
static bool allTyped(llvm::ArrayRef<Operand> outputs) {
  return llvm::all_of(outputs, [](const Operand &output) { return bool(output.type()); });
}

static Inferred inferCond(const Args &a) {
  llvm::ArrayRef<Operand> then = a.blocks()[0]->outputs(), otherwise = a.blocks()[1]->outputs();
  for (unsigned i = 0; i < 2; ++i)
    if (!a.blocks()[i]->inputs().empty())
      return a.fail(diag::BlockInputs, a.version().blocks[i], "no inputs", std::to_string(a.blocks()[i]->inputs().size()) + " inputs");
  if (!allTyped(then) || !allTyped(otherwise))
    return a.unknown();
  bool same = then.size() == otherwise.size();
  for (size_t i = 0; same && i < then.size(); ++i)
    same = agrees(then[i].type(), otherwise[i].type());
  if (!same)
    return a.fail(diag::BlockOutputs, "false", "the outputs of 'true', " + typesOf(then), typesOf(otherwise));
  llvm::SmallVector<Type, 1> types;
  for (const Operand &output : then)
    types.push_back(output.type());
  return types;
}

/// Both blocks of a loop take its variables, by position.
static bool checkLoopInputs(const Args &a) {
  Arg variables = a["loop_vars"];
  for (unsigned b = 0; b < 2; ++b) {
    llvm::ArrayRef<Value *> inputs = a.blocks()[b]->inputs();
    bool same = inputs.size() == variables.size();
    for (size_t i = 0; same && i < inputs.size(); ++i)
      same = agrees(inputs[i]->type(), variables[i].type());
    if (same)
      continue;
    llvm::SmallVector<Type, 4> expected;
    std::string found = "(", wanted = "(";
    for (size_t i = 0; i < variables.size(); ++i)
      wanted += (i ? ", " : "") + variables[i].type().str();
    for (size_t i = 0; i < inputs.size(); ++i)
      found += (i ? ", " : "") + inputs[i]->type().str();
    a.fail(diag::BlockInputs, a.version().blocks[b], "the loop's variables, " + wanted + ")", found + ")");
    return false;
  }
  return true;
}

/// A scalar, or any shape of one element, as converters write it.
static bool isOneBool(Type type) {
  return type.isTensor() && type.dtype() == DType::Bool &&
         (!type.hasRank() || llvm::all_of(type.dims(), [](int64_t dim) { return shapes::compatible(dim, 1); }));
}

static Inferred inferWhileLoop(const Args &a) {
  if (!checkLoopInputs(a))
    return a.failed();
  llvm::ArrayRef<Operand> condition = a.blocks()[0]->outputs(), body = a.blocks()[1]->outputs();
  if (!allTyped(condition) || !allTyped(body))
    return a.unknown();
  if (condition.size() != 1 || !isOneBool(condition[0].type()))
    return a.fail(diag::BlockOutputs, "condition", "(bool)", typesOf(condition));
  llvm::ArrayRef<Value *> inputs = a.blocks()[1]->inputs();
  bool same = body.size() == inputs.size();
  for (size_t i = 0; same && i < body.size(); ++i)
    same = agrees(inputs[i]->type(), body[i].type());
  if (!same) {
    std::string wanted = "(";
    for (size_t i = 0; i < inputs.size(); ++i)
      wanted += (i ? ", " : "") + inputs[i]->type().str();
    return a.fail(diag::BlockOutputs, "body", "the loop's variables, " + wanted + ")", typesOf(body));
  }
  llvm::SmallVector<Type, 1> types;
  for (const Operand &output : body)
    types.push_back(output.type());
  return types;
}

/// The condition's shape must not reach beyond that of the values: it isn't part of the result's.
static Inferred inferSelect(const Args &a) {
  std::optional<Dims> dims = shapes::broadcast(a["a"].dims(), a["b"].dims());
  if (!dims)
    return a.failBroadcast("a", "b");
  std::optional<Dims> withCondition = shapes::broadcast(*dims, a["cond"].dims());
  if (!withCondition || !shapes::compatible(*withCondition, *dims))
    return a.failShape("cond", "a shape that broadcasts to " + printDims(*dims));
  return a.tensor(a["a"].dtype(), *dims);
}

static Folded foldSelect(const Args &args, const Tensor &cond, const Tensor &a, const Tensor &b) {
  llvm::ArrayRef<int64_t> dims = args.resultType().dims();
  Tensor chosen = expandTo(a, dims), other = expandTo(b, dims), condition = expandTo(cond, dims);
  size_t size = chosen.elementSize();
  for (int64_t i = 0; i < chosen.count(); ++i)
    if (!condition.bytes()[size_t(i)])
      std::copy_n(other.bytes().begin() + size_t(i) * size, size, chosen.bytes().begin() + size_t(i) * size);
  return chosen;
}

void ops::defineControlFlow(Catalogue &catalogue) {
  OpFamily op(catalogue, "control_flow");

  op("const", iOS15).summary("a constant: the attribute val").in("val", anything, constant).parametersAreAttributes().infer(sameAs("val"));

  // Neither block takes inputs: they read the values around.
  op("cond", iOS15)
      .summary("the outputs of the block 'true' if pred is true, else those of 'false'")
      .in("pred", boolean, scalar)
      .blocks({"true", "false"})
      .resultsVary("an output of either block")
      .infer(inferCond);

  // Both blocks take the loop's variables as inputs. A dimension that the body changes is unknown in the type of its variable.
  op("while_loop", iOS15)
      .summary("the final values of loop variables: the block 'body' computes their next values while the block 'condition' returns true")
      .in("loop_vars", anything, variadic)
      .blocks({"condition", "body"})
      .resultsVary("the last value of each variable")
      .infer(inferWhileLoop);

  op("select", iOS15)
      .summary("the elements of a where cond is true, and of b elsewhere")
      .in("cond", boolean)
      .in("a", T)
      .in("b", T)
      .where(T, {fp16, fp32, boolean, int32})
      .infer(inferSelect)
      .fold(foldSelect, tensorOf("cond"), tensorOf("a"), tensorOf("b"));
}

} // namespace mil
