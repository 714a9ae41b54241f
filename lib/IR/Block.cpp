#include "mil/IR/Block.h"
#include "mil/IR/Program.h"
#include "mil/Support/Work.h"

namespace mil {

/// Distance between the order numbers of neighbours, where nothing has been inserted.
static constexpr uint32_t orderGap = 16;

Function *Block::function() const {
  const Block *block = this;
  while (block->op) {
    block = block->op->block();
    if (!block)
      return nullptr; // inside an operation that is in no block
  }
  return block->function_;
}

Value *Block::addInput(Name name, Type type) {
  llvm::BumpPtrAllocator &arena = owner->arena();
  auto *value = new (arena.Allocate<Value>()) Value(name, type, this, unsigned(ins.size()));
  ins.push_back(arena, value);
  return value;
}

void Block::eraseInput(unsigned index) {
  assert(!ins[index]->hasUses());
  ins.erase(index);
  for (auto [i, value] : llvm::enumerate(ins))
    value->number = unsigned(i);
}

Value *Block::input(llvm::StringRef name) const {
  for (Value *value : ins)
    if (value->name() == name)
      return value;
  return nullptr;
}

void Block::reorderInputs(llvm::ArrayRef<unsigned> order) {
  assert(order.size() == ins.size());
  llvm::SmallVector<Value *, 8> old(ins.begin(), ins.end());
  for (auto [i, from] : llvm::enumerate(order)) {
    ins[i] = old[from];
    ins[i]->number = unsigned(i);
  }
}

void Block::insert(iterator before, Operation *inserted) {
  assert(!inserted->parent && inserted->owner == owner);
  // Numbers leave gaps, so that appending, and most insertions, keep the numbering valid.
  uint32_t low = before == ops.begin() ? 0 : std::prev(before)->order;
  if (before == ops.end() && low < UINT32_MAX - orderGap)
    inserted->order = low + orderGap;
  else if (before != ops.end() && before->order - low > 1)
    inserted->order = low + (before->order - low) / 2;
  else
    ordered = false;
  ops.insert(before, *inserted);
  inserted->parent = this;
}

void Block::renumber() {
  // 4 billion operations would be past all memory.
  uint32_t number = 0;
  for (Operation &each : ops) {
    each.order = number += orderGap;
    work::count();
  }
  ordered = true;
}

void Block::setOutputs(llvm::ArrayRef<Value *> values) {
  for (Operand &output : outputs())
    output.drop();
  if (values.size() > numOuts)
    outs = owner->arena().Allocate<Operand>(values.size());
  numOuts = uint32_t(values.size());
  for (auto [i, value] : llvm::enumerate(values)) {
    auto *operand = new (outs + i) Operand();
    operand->owner = this;
    operand->set(value);
  }
}

void Block::walk(llvm::function_ref<void(Operation &)> visit) {
  // Nesting is the user's, so the stack is ours.
  llvm::SmallVector<std::pair<Block *, iterator>, 4> stack{{this, ops.begin()}};
  while (!stack.empty()) {
    auto &[block, at] = stack.back();
    if (at == block->ops.end()) {
      stack.pop_back();
      continue;
    }
    Operation &each = *at++;
    work::count();
    visit(each);
    for (Block *inner : llvm::reverse(each.blocks()))
      stack.emplace_back(inner, inner->ops.begin());
  }
}

void Block::walk(llvm::function_ref<void(const Operation &)> visit) const {
  const_cast<Block *>(this)->walk([&](Operation &each) { visit(each); });
}

} // namespace mil
