// Values and their uses: the SSA graph.
//
// A value is the result of an operation, or an input of a block (of a function's body: the function's parameters). Every place that reads
// it is an `Operand`, linked into the value's use list, so that asking for the users, replacing them all, and dropping one cost O(1) a use.
// An operand can also hold a literal instead of a value, as MIL allows for any argument.
#pragma once

#include "mil/IR/Literal.h"
#include "mil/Support/Work.h"
#include "llvm/ADT/PointerUnion.h"
#include "llvm/ADT/iterator_range.h"

namespace mil {

class Block;
class Operation;
class Value;

/// One binding of an argument of an operation, or one output of a block. Lives in its owner.
class Operand {
public:
  Operand() = default;
  Operand(const Operand &) = delete;
  Operand &operator=(const Operand &) = delete;

  /// The value read; null when a literal is bound.
  Value *value() const { return boundValue; }
  /// The literal bound in place; null when a value is read.
  const Literal *literal() const { return boundLiteral; }
  /// Binds another value or literal, moving use lists.
  void set(Value *value);
  void set(const Literal *literal);
  /// Binds nothing.
  void drop();
  /// The operation that reads it; null when the operand is an output of a block.
  Operation *user() const { return llvm::dyn_cast_if_present<Operation *>(owner); }
  /// The block that it is an output of; null when an operation reads it.
  Block *outputOf() const { return llvm::dyn_cast_if_present<Block *>(owner); }
  /// Next use of the same value: outputs of blocks first, else in no particular order.
  Operand *nextUse() const { return next; }
  /// The type of what is bound.
  Type type() const;

private:
  friend class Block;
  friend class Operation;
  friend class Value;
  void unlink();
  Value *boundValue = nullptr;
  const Literal *boundLiteral = nullptr;
  Operand *next = nullptr;
  Operand **previous = nullptr;
  llvm::PointerUnion<Operation *, Block *> owner;
};

/// A typed SSA value with a name, unique in its scope.
class Value {
public:
  Value(Name name, Type type, llvm::PointerUnion<Operation *, Block *> definer, unsigned number)
      : id(name), ty(type), definer(definer), number(number) {}
  Value(const Value &) = delete;
  Value &operator=(const Value &) = delete;

  Name name() const { return id; }
  void setName(Name name) { id = name; }
  Type type() const { return ty; }
  void setType(Type type) { ty = type; }

  /// The operation that it is a result of; null for a block input.
  Operation *definingOp() const { return llvm::dyn_cast_if_present<Operation *>(definer); }
  /// The block that it is an input of; null for a result.
  Block *inputOf() const { return llvm::dyn_cast_if_present<Block *>(definer); }
  /// The block in which it is defined.
  Block *block() const;
  /// Which result, or which input.
  unsigned index() const { return number; }

  bool hasUses() const { return first != nullptr; }
  bool hasOneUse() const { return first && !first->nextUse(); }
  size_t useCount() const;
  Operand *firstUse() const { return first; }
  class UseIterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Operand;
    using difference_type = std::ptrdiff_t;
    using pointer = Operand *;
    using reference = Operand &;
    explicit UseIterator(Operand *operand = nullptr) : operand(operand) {}
    Operand &operator*() const { return *operand; }
    Operand *operator->() const { return operand; }
    UseIterator &operator++() {
      work::count();
      operand = operand->nextUse();
      return *this;
    }
    bool operator==(const UseIterator &) const = default;

  private:
    Operand *operand;
  };
  /// Every operand that reads this value. The current one must not be rebound while iterating; see replaceAllUsesWith.
  llvm::iterator_range<UseIterator> uses() const { return {UseIterator(first), UseIterator()}; }
  /// Whether some block returns it (as a function's or a nested block's output). O(1): such uses come first in the list.
  bool isBlockOutput() const;
  /// Lets every use read `other`.
  void replaceAllUsesWith(Value *other);

private:
  friend class Block;
  friend class Operand;
  Name id;
  Type ty;
  Operand *first = nullptr;
  llvm::PointerUnion<Operation *, Block *> definer;
  unsigned number;
};

} // namespace mil
