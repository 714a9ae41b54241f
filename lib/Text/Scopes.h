// Scopes: the values that names refer to at a position in the text.
//
// There is one table per function; the names that a nested block adds are removed at its end. A name of an enclosing block must not be
// defined again, so that a name never refers to two values.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mil::text {

class Scopes {
public:
  Value *find(Name name) const { return visible.lookup(name); }
  /// Makes `value` visible in the innermost scope. Returns the value that already has the name, if there is one.
  Value *define(Value *value) {
    auto [entry, added] = visible.try_emplace(value->name(), value);
    if (!added)
      return entry->second;
    order.push_back(value->name());
    return nullptr;
  }
  /// Starts a scope; the result is passed to `close`.
  size_t open() const { return order.size(); }
  void close(size_t begin) {
    for (; order.size() > begin; order.pop_back())
      visible.erase(order.back());
  }

private:
  llvm::DenseMap<Name, Value *> visible;
  std::vector<Name> order;
};

/// The location where a value is defined, if it is known.
inline Location definitionOf(const Value *value) {
  if (Operation *op = value->definingOp())
    return op->location();
  if (Block *block = value->inputOf())
    if (Function *function = block->function())
      return block->parentOp() ? block->parentOp()->location() : function->location();
  return {};
}

} // namespace mil::text
