#include "mil/IR/Value.h"
#include "mil/IR/Block.h"

namespace mil {

void Operand::unlink() {
  if (!boundValue)
    return;
  *previous = next;
  if (next)
    next->previous = previous;
  next = nullptr;
  previous = nullptr;
  boundValue = nullptr;
}

void Operand::set(Value *value) {
  assert(value);
  unlink();
  boundLiteral = nullptr;
  boundValue = value;
  next = value->first;
  if (next)
    next->previous = &next;
  previous = &value->first;
  value->first = this;
}

void Operand::set(const Literal *literal) {
  assert(literal);
  unlink();
  boundLiteral = literal;
}

void Operand::drop() {
  unlink();
  boundLiteral = nullptr;
}

Type Operand::type() const {
  if (boundValue)
    return boundValue->type();
  return boundLiteral ? boundLiteral->type() : Type();
}

Block *Value::block() const {
  if (Block *block = inputOf())
    return block;
  return definingOp()->block();
}

size_t Value::useCount() const {
  size_t count = 0;
  for (Operand *use = first; use; use = use->nextUse())
    ++count;
  return count;
}

bool Value::isBlockOutput() const {
  for (Operand &use : uses())
    if (use.outputOf())
      return true;
  return false;
}

void Value::replaceAllUsesWith(Value *other) {
  assert(other != this);
  while (first)
    first->set(other);
}

} // namespace mil
