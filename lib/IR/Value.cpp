#include "mil/IR/Value.h"
#include "mil/IR/Block.h"
#include "mil/Support/Work.h"

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
  // Block outputs come first in the list, so that isBlockOutput sees at once whether there is one.
  Operand **place = &value->first;
  if (user())
    while (*place && (*place)->outputOf()) {
      place = &(*place)->next;
      work::count();
    }
  work::count();
  next = *place;
  if (next)
    next->previous = &next;
  previous = place;
  *place = this;
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
  work::count(count);
  return count;
}

bool Value::isBlockOutput() const { return first && first->outputOf(); }

void Value::replaceAllUsesWith(Value *other) {
  assert(other != this);
  while (first)
    first->set(other);
}

} // namespace mil
