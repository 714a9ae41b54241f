// Scopes: which names mean which values at a place of the text.
//
// One table for the function; a nested block adds to it and takes back what it added when it ends. A name of a block around must not be
// defined again, so a name never has two meanings.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mil::text {

class Scopes {
public:
  Value *find(Name name) const { return visible.lookup(name); }
  /// Makes `value` visible in the innermost scope; the value that has the name already, if any.
  Value *define(Value *value) {
    auto [entry, added] = visible.try_emplace(value->name(), value);
    if (!added)
      return entry->second;
    order.push_back(value->name());
    return nullptr;
  }
  /// Remembers where a scope begins, for `close`.
  size_t open() const { return order.size(); }
  void close(size_t begin) {
    for (; order.size() > begin; order.pop_back())
      visible.erase(order.back());
  }

private:
  llvm::DenseMap<Name, Value *> visible;
  std::vector<Name> order;
};

/// The place where a value is defined, as far as it is known.
inline Location definitionOf(const Value *value) {
  if (Operation *op = value->definingOp())
    return op->location();
  if (Block *block = value->inputOf())
    if (Function *function = block->function())
      return block->parentOp() ? block->parentOp()->location() : function->location();
  return {};
}

} // namespace mil::text
