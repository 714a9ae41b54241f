#include "FunctionBody.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Ops/Catalogue.h"

namespace mil {

/// Calls `visit` on what the operation, those in its blocks, and its blocks' outputs are bound to.
static void forEachOperandWithin(Operation &op, llvm::function_ref<void(Operand &)> visit) {
  auto visitOne = [&](Operation &each) {
    each.forEachOperand(visit);
    for (Block *block : each.blocks())
      for (Operand &output : block->outputs())
        visit(output);
  };
  visitOne(op);
  for (Block *block : op.blocks())
    block->walk(visitOne);
}

FunctionBody::FunctionBody(const Function &function) : whole(function) {
  for (Operation &op : function.body()) {
    if (isMadeOfConstants(op)) {
      constantOps.push_back(&op);
      constantSet.insert(&op);
      continue;
    }
    unsigned number = unsigned(stepOps.size());
    stepNumbers[&op] = number;
    stepOps.push_back(&op);
    forEachRead(op, [&](Value *value) { lastReaders[value] = number; });
  }
  for (const Operand &output : function.outputs())
    if (output.value())
      returned.insert(output.value());
  findCompanions();
}

void FunctionBody::findCompanions() {
  if (stepOps.empty())
    return;
  llvm::DenseSet<const Operation *> read;
  unsigned next = unsigned(stepOps.size()); // the step that follows
  for (Operation *op : llvm::reverse(constantOps)) {
    while (next && op->isBefore(stepOps[next - 1]))
      --next;
    bool isReturned = false, isRead = read.contains(op);
    for (const Value &result : op->results()) {
      isReturned |= returned.contains(&result);
      isRead |= lastReaders.contains(&result);
    }
    if (isReturned || !isRead)
      companionsOf[isReturned ? unsigned(stepOps.size()) - 1 : std::min(next, unsigned(stepOps.size()) - 1)].push_back(op);
    op->forEachOperand([&](const Operand &operand) {
      if (operand.value() && operand.value()->definingOp())
        read.insert(operand.value()->definingOp());
    });
  }
}

/// Whether an operation gives the same whenever it runs: it reads constants alone, and it is known to do nothing else.
bool FunctionBody::isMadeOfConstants(const Operation &op) const {
  // A const has no operands in a valid program, but this one may be invalid.
  bool all = op.is("const") || (op.resultCount() && op.blocks().empty());
  op.forEachOperand([&](const Operand &operand) { all &= !operand.value() || isConstant(operand.value()); });
  if (!all || op.is("const"))
    return all;
  const OpVersion *version = versionOf(op);
  return version && !version->effects && !version->open;
}

std::string FunctionBody::kindOf(const Value *value) const {
  if (isInput(value))
    return "an input";
  return value->definingOp()->is("const") ? "a constant" : "computed from constants only";
}

Result<Value *> FunctionBody::find(llvm::StringRef name, DiagnosticEngine &diags) const {
  if (Value *input = whole.body().input(name))
    return input;
  Value *namedOperation = nullptr;
  for (Operation &op : whole.body()) {
    for (Value &result : op.results())
      if (result.name() == name)
        return &result;
    if (!namedOperation && op.resultCount() && op.opName() == name)
      namedOperation = op.result();
  }
  if (namedOperation)
    return namedOperation;
  return diags.report(whole.location(), diag::SliceUnknownValue, whole.name(), name);
}

Result<unsigned> FunctionBody::findStep(llvm::StringRef name, DiagnosticEngine &diags) const {
  // Operations without results have no value to be found by.
  for (auto [number, op] : llvm::enumerate(stepOps))
    if (!op->resultCount() && op->opName() == name)
      return unsigned(number);
  Result<Value *> value = find(name, diags);
  if (!value)
    return failure();
  if (std::optional<unsigned> step = stepOf(*value))
    return *step;
  return diags.report(whole.location(), diag::SliceNotAStep, name, kindOf(*value));
}

void FunctionBody::forEachRead(Operation &step, llvm::function_ref<void(Value *)> visit) const {
  forEachOperandWithin(step, [&](Operand &operand) {
    if (operand.value() && operand.value()->block() == &whole.body())
      visit(operand.value());
  });
}

std::vector<Operation *> FunctionBody::constantsBehind(llvm::ArrayRef<Value *> values) const {
  llvm::DenseSet<Operation *> found;
  llvm::SmallVector<Operation *> pending;
  auto reach = [&](const Value *value) {
    if (isConstant(value) && found.insert(value->definingOp()).second)
      pending.push_back(value->definingOp());
  };
  for (const Value *value : values)
    reach(value);
  std::vector<Operation *> ordered;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    ordered.push_back(op);
    op->forEachOperand([&](const Operand &operand) {
      if (operand.value())
        reach(operand.value());
    });
  }
  llvm::sort(ordered, [](const Operation *a, const Operation *b) { return a != b && a->isBefore(b); });
  return ordered;
}

} // namespace mil
