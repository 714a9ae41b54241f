// What a Rewriter changes and removes. What it adds is in RewriterCreate.cpp.
#include "mil/Pass/Rewriter.h"
#include "mil/Ops/Args.h"
#include "mil/Ops/Infer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mil {

// ---- Changing the program ---------------------------------------------------

bool Rewriter::losesCompressed(llvm::ArrayRef<Value *> old, llvm::ArrayRef<Value *> by) const {
  // What the new values are made of, through the operations of this rewrite.
  llvm::SmallPtrSet<const Value *, 16> kept;
  llvm::SmallVector<const Value *, 16> pending(by.begin(), by.end());
  auto addOperands = [&](const Operation &op) {
    op.forEachOperand([&](const Operand &operand) {
      if (operand.value())
        pending.push_back(operand.value());
    });
  };
  while (!pending.empty()) {
    const Value *value = pending.pop_back_val();
    if (kept.insert(value).second && isCreated(value->definingOp()))
      addOperands(*value->definingOp());
  }
  // A look back from the old values, as far as patterns reach.
  unsigned steps = 32;
  pending.append(old.begin(), old.end());
  for (size_t i = 0; i < pending.size() && steps; ++i) {
    const Value *value = pending[i];
    const Operation *op = value->definingOp();
    if (!kept.insert(value).second || !op || op->is("const"))
      continue;
    if (op->isConstexpr())
      return true;
    --steps;
    if (!op->is("shape"))
      addOperands(*op);
  }
  return false;
}

bool Rewriter::replace(Operation &op, llvm::ArrayRef<Value *> values, Compressed compressed) {
  assert(values.size() == op.resultCount());
  if (llvm::is_contained(values, nullptr))
    return false;
  llvm::SmallVector<Value *, 2> old;
  for (Value &result : op.results())
    old.push_back(&result);
  if (compressed == Compressed::Keep && losesCompressed(old, values))
    return false;
  for (auto [from, by] : llvm::zip(old, values))
    take(from, by);
  drop(op);
  return true;
}

bool Rewriter::replace(Operation &op, Operation *by, Compressed compressed) {
  if (!by)
    return false;
  llvm::SmallVector<Value *, 2> values;
  for (Value &result : by->results())
    values.push_back(&result);
  return replace(op, values, compressed);
}

bool Rewriter::replaceUses(Value *value, Value *by, Compressed compressed) {
  if (!by || value == by || (compressed == Compressed::Keep && losesCompressed(value, by)))
    return false;
  take(value, by);
  release(value);
  return true;
}

Operand *functionOutput(const Value *value) {
  for (Operand *use = value->firstUse(); use && use->outputOf(); use = use->nextUse())
    if (use->outputOf()->bodyOf())
      return use;
  return nullptr;
}

/// Exchanges the names of two values and, of operations of one result, of the operations.
static void swapNames(Value *a, Value *b) {
  Name name = a->name();
  a->setName(b->name());
  b->setName(name);
  Operation *opA = a->definingOp(), *opB = b->definingOp();
  if (!opA || !opB || opA->resultCount() != 1 || opB->resultCount() != 1)
    return;
  const Literal *nameA = opA->attribute("name"), *nameB = opB->attribute("name");
  Name key = opA->program().context().intern("name");
  if (nameA && nameB) {
    opA->setAttribute(key, nameB);
    opB->setAttribute(key, nameA);
  }
}

void Rewriter::take(Value *from, Value *by) {
  assert(from != by);
  modified = true;
  Value *output = by;
  bool isOutput = functionOutput(from) != nullptr;
  if (isOutput && (!by->definingOp() || by->block() != from->block() || functionOutput(by))) {
    // The new value keeps its name, so a copy gets that of the output.
    Operation *after = from->definingOp();
    block = after->block(), before_ = after;
    Operation *copy = createNow("identity", ArgumentSpec("x", by), by->type());
    output = copy->result();
    swapNames(output, from);
  } else if (isOutput || (isCreated(by->definingOp()) && !functionOutput(by))) {
    swapNames(by, from);
  }
  while (Operand *use = from->firstUse()) {
    touch(use->user());
    use->set(use->outputOf() && use->outputOf()->bodyOf() ? output : by);
  }
  touch(by->definingOp());
}

void Rewriter::setOperand(Operand &operand, Value *value) {
  modified = true;
  Value *old = operand.value();
  operand.set(value);
  release(old);
  touch(operand.user());
}

void Rewriter::setArgument(Operation &op, const ArgumentSpec &argument) {
  assert(!argument.missing);
  modified = true;
  if (const Argument *old = op.argument(argument.name))
    for (Operand &operand : old->bindings())
      release(operand.value());
  llvm::SmallVector<Binding, 2> bindings = argument.bindings;
  for (Binding &binding : bindings)
    if (const Literal *literal = binding.literal()) {
      block = op.block(), before_ = &op;
      binding = constant(literal, nameFor(&op).str().str() + "_" + argument.name.str() + "_0");
    }
  op.setArgument(context().intern(argument.name), bindings);
  changed(op);
}

void Rewriter::removeArgument(Operation &op, llvm::StringRef name) {
  if (const Argument *old = op.argument(name))
    for (Operand &operand : old->bindings())
      release(operand.value());
  op.removeArgument(name);
  changed(op);
}

void Rewriter::changed(Operation &op) {
  modified = true;
  touch(&op);
  for (Value &result : op.results())
    for (Operand &use : result.uses())
      touch(use.user());
}

void Rewriter::erase(Operation &op) {
  assert(!op.hasUses());
  drop(op);
}

void Rewriter::moveBefore(Operation &op, Operation &other) {
  modified = true;
  op.moveBefore(&other);
  touch(&op);
}

// ---- Bookkeeping ------------------------------------------------------------

void Rewriter::touch(Operation *op) {
  if (op)
    touched.push_back(op);
}

void Rewriter::release(Value *value) {
  if (value)
    released.push_back(value);
}

void Rewriter::drop(Operation &op) {
  modified = true;
  auto releaseOperands = [&](const Operation &each) {
    each.forEachOperand([&](Operand &operand) { release(operand.value()); });
    for (Block *inner : each.blocks())
      for (Operand &output : inner->outputs())
        release(output.value());
    erased.insert(&each);
  };
  releaseOperands(op);
  for (Block *inner : op.blocks())
    inner->walk([&](const Operation &each) { releaseOperands(each); });
  if (before_ == &op)
    setInsertionPointAfter(&op);
  op.erase();
}

void Rewriter::begin(Operation &at) {
  root = &at;
  setInsertionPoint(&at);
  modified = false;
  creationOrder.clear();
  created.clear();
  touched.clear();
  released.clear();
  erased.clear();
}

void Rewriter::rollback() {
  assert(!modified && "a pattern that changed the program says that it didn't match");
  for (Operation *op : llvm::reverse(creationOrder))
    op->erase();
}

void Rewriter::finish() {
  auto dropIfDead = [&](Operation *op) {
    bool dead = op && !erased.contains(op) && !op->hasUses() && isRemovable(*op);
    if (dead)
      drop(*op);
    return dead;
  };
  for (Operation *op : llvm::reverse(creationOrder))
    if (!dropIfDead(op) && !erased.contains(op))
      touch(op);
  for (size_t i = 0; i < released.size(); ++i) {
    Value *value = released[i];
    Operation *op = value->definingOp();
    if ((op && erased.contains(op)) || dropIfDead(op))
      continue;
    touch(op);
    if (value->hasOneUse())
      touch(value->firstUse()->user());
  }
  llvm::erase_if(touched, [&](Operation *op) { return erased.contains(op); });
}

} // namespace mil
