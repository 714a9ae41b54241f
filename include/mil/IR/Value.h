// Values and their uses: the SSA graph.
//
//   for (Operand &use : value->uses())
//     if (Operation *user = use.user())
//       …
//   value->replaceAllUsesWith(other);
//
// A value is the result of an operation, or an input of a block (for a function body: a parameter of the function). Every use is an
// `Operand` in the value's use list, so that listing the users, replacing them all, and removing one cost O(1) per use. An operand can
// also be bound to a literal, which MIL allows for any argument.
#pragma once

#include "mil/IR/Literal.h"
#include "mil/Support/Work.h"
#include "llvm/ADT/PointerUnion.h"
#include "llvm/ADT/iterator_range.h"

namespace mil {

class Block;
class Operation;
class Value;

/// One binding of an argument of an operation, or one output of a block, which owns it.
class Operand {
public:
  Operand() = default;
  Operand(const Operand &) = delete;
  Operand &operator=(const Operand &) = delete;

  /// The bound value; null if a literal is bound.
  Value *value() const { return boundValue; }
  /// The bound literal; null if a value is bound.
  const Literal *literal() const { return boundLiteral; }
  /// Binds another value or literal, and updates the use lists.
  void set(Value *value);
  void set(const Literal *literal);
  /// Unbinds the operand.
  void drop();
  /// The operation that has this operand; null if the operand is an output of a block.
  Operation *user() const { return llvm::dyn_cast_if_present<Operation *>(owner); }
  /// The block whose output this is; null if the operand belongs to an operation.
  Block *outputOf() const { return llvm::dyn_cast_if_present<Block *>(owner); }
  /// The next use of the same value: outputs of blocks come first, other uses are in no particular order.
  Operand *nextUse() const { return next; }
  /// The type of the bound value or literal.
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

  /// The operation that defines this value; null for a block input.
  Operation *definingOp() const { return llvm::dyn_cast_if_present<Operation *>(definer); }
  /// The block whose input this is; null for a result.
  Block *inputOf() const { return llvm::dyn_cast_if_present<Block *>(definer); }
  /// The block that defines this value, as an input or by an operation.
  Block *block() const;
  /// The index of the result or input.
  unsigned index() const { return number; }

  bool hasUses() const { return first != nullptr; }
  bool hasOneUse() const { return first && !first->nextUse(); }
  /// The number of uses. Linear.
  size_t useCount() const;
  Operand *firstUse() const { return first; }
  /// Iterates over the uses of a value.
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
  /// Every operand that uses this value. The current one must not be rebound while iterating; see replaceAllUsesWith.
  llvm::iterator_range<UseIterator> uses() const { return {UseIterator(first), UseIterator()}; }
  /// Whether it is an output of a function or nested block. O(1): such uses come first in the list.
  bool isBlockOutput() const;
  /// Replaces this value by `other` in all operands.
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
