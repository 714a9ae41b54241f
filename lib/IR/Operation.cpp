#include "mil/IR/Operation.h"
#include "mil/IR/Program.h"
#include "llvm/ADT/Twine.h"

namespace mil {

Operation *Operation::create(Program &program, Name type, llvm::ArrayRef<ResultSpec> results, Location location) {
  llvm::BumpPtrAllocator &arena = program.arena();
  auto *op = new (arena.Allocate<Operation>()) Operation();
  op->owner = &program;
  op->opType = type;
  op->where = location;
  op->numResults = uint32_t(results.size());
  if (!results.empty()) {
    op->resultValues = arena.Allocate<Value>(results.size());
    for (auto [i, result] : llvm::enumerate(results))
      new (op->resultValues + i) Value(result.name, result.type, op, unsigned(i));
  }
  return op;
}

Function *Operation::function() const { return parent ? parent->function() : nullptr; }

bool Operation::isBefore(const Operation *other) const {
  assert(parent && parent == other->parent);
  if (!parent->ordered)
    parent->renumber();
  return order < other->order;
}

void Operation::moveBefore(Operation *other) {
  remove();
  other->parent->insert(other->getIterator(), this);
}

void Operation::moveAfter(Operation *other) {
  remove();
  other->parent->insert(std::next(other->getIterator()), this);
}

void Operation::remove() {
  if (!parent)
    return;
  parent->ops.remove(*this);
  parent = nullptr;
}

void Operation::erase() {
  assert(!hasUses());
  remove();
  // Nested blocks may read each other's values, and outer ones: drop every operand within, iteratively.
  llvm::SmallVector<Operation *, 8> pending{this};
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    op->forEachOperand([](Operand &operand) { operand.drop(); });
    for (Block *block : op->nested) {
      for (Operand &output : block->outputs())
        output.drop();
      for (Operation &inner : *block)
        pending.push_back(&inner);
    }
  }
}

const Argument *Operation::argument(llvm::StringRef name) const {
  for (const Argument &argument : args)
    if (argument.name == name)
      return &argument;
  return nullptr;
}

Operand *Operation::operand(llvm::StringRef name) const {
  const Argument *found = argument(name);
  return found && found->count == 1 ? found->operands : nullptr;
}

Value *Operation::input(llvm::StringRef name) const {
  Operand *found = operand(name);
  return found ? found->value() : nullptr;
}

const Literal *Operation::constant(llvm::StringRef name) const {
  Operand *found = operand(name);
  return found ? constantOf(*found) : nullptr;
}

void Operation::setArgument(Name name, llvm::ArrayRef<Binding> bindings) {
  llvm::BumpPtrAllocator &arena = owner->arena();
  auto *at = llvm::lower_bound(args, name, [](const Argument &argument, Name name) { return argument.name < name; });
  size_t index = size_t(at - args.begin());
  if (at == args.end() || at->name != name)
    args.insert(arena, index, {name, nullptr, 0});
  Argument &argument = args[index];
  // What is bound now may be among the new bindings, so that dropping comes first only where the array stays.
  for (Operand &operand : argument.bindings())
    operand.drop();
  if (argument.count < bindings.size() || !argument.operands) {
    argument.operands = arena.Allocate<Operand>(bindings.size());
    for (size_t i = 0; i < bindings.size(); ++i)
      new (argument.operands + i) Operand();
  }
  argument.count = uint32_t(bindings.size());
  for (auto [operand, binding] : llvm::zip(argument.bindings(), bindings)) {
    operand.owner = this;
    if (binding.value())
      operand.set(binding.value());
    else
      operand.set(binding.literal());
  }
}

void Operation::removeArgument(llvm::StringRef name) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].name != name)
      continue;
    for (Operand &operand : args[i].bindings())
      operand.drop();
    args.erase(i);
    return;
  }
}

llvm::StringRef Operation::opName() const {
  const Literal *name = attribute("name");
  return name ? name->asString().value_or("") : "";
}

bool Operation::hasUses() const {
  return llvm::any_of(results(), [](Value &value) { return value.hasUses(); });
}

Block *Operation::addBlock() {
  auto *block = new (owner->arena().Allocate<Block>()) Block(*owner);
  block->op = this;
  nested.push_back(owner->arena(), block);
  return block;
}

std::string Operation::describe() const {
  std::string text;
  if (Function *around = function())
    text = ("function '" + llvm::Twine(around->name().str()) + "', ").str();
  llvm::StringRef named = numResults ? llvm::StringRef(resultValues->name()) : opName();
  text += ("operation '" + llvm::Twine(named) + "' (" + opType.str() + ")").str();
  return text;
}

void Operation::takeBlocks(Operation &from) {
  for (Block *block : from.nested) {
    block->op = this;
    nested.push_back(owner->arena(), block);
  }
  from.nested.clear();
}

const Literal *constantOf(const Value *value) {
  Operation *op = value->definingOp();
  return op ? op->constantValue() : nullptr;
}

const Literal *constantOf(const Operand &operand) { return operand.value() ? constantOf(operand.value()) : operand.literal(); }

} // namespace mil
