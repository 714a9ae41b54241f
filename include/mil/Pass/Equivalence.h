// Finding equal constants and equal operations, for passes that merge them.
//
// Constants are equal if their element types and bits are: NaN equals itself, -0 differs from 0. It doesn't matter whether the bytes are in
// the program or in a file, nor which shape they have. Files are only read, in windows, for constants of equal size and element type
// (BlobPool).
//
//   ConstantEquivalence equal;
//   … equal.add(literal) …                                 every constant of interest
//   equal.unify(diags)
//   equal.representative(a) == equal.representative(b)   same content
#pragma once

#include "mil/IR/Program.h"
#include "mil/Weights/BlobFile.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// Groups constants by their content.
class ConstantEquivalence {
public:
  /// A literal may be added more than once.
  void add(const Literal *literal);
  /// Finds the groups of equal constants. Linear in the bytes in memory and in the bytes of equal blobs. Fails if a file can't be read.
  Status unify(DiagnosticEngine &diags);
  /// After `unify`: the first added constant with the same element type and content, of any shape; the literal itself if there is
  /// none. Strings, lists and other kinds are only equal if their types are equal.
  const Literal *representative(const Literal *literal) const {
    const Literal *found = leaders.lookup(literal);
    return found ? found : literal;
  }

  /// After `unify`: adds a new literal whose content equals that of a known one.
  void alias(const Literal *made, const Literal *known) { leaders[made] = representative(known); }

private:
  const Literal *firstEqualInMemory(const Literal *literal);
  std::vector<const Literal *> order;
  llvm::DenseMap<uint64_t, llvm::SmallVector<const Literal *, 1>> byHash;
  llvm::DenseMap<const Literal *, const Literal *> leaders;
};

/// A text that is equal for two calls with the same op type, argument bindings, attributes (except the name) and result types. `identityOf`
/// returns the identity of an operand or attribute; it is called with either a value or a literal, the other being null. Nested blocks are
/// ignored.
std::string callKey(const Operation &op, llvm::function_ref<const void *(const Value *, const Literal *)> identityOf);

/// A table of operations by key that follows the scopes of blocks: the entries of a block are removed when it is left.
class ScopedValues {
public:
  /// The operation with a key in this block or an enclosing one; null if there is none.
  Operation *find(llvm::StringRef key) const { return table.lookup(key); }
  /// Adds an operation under a new key.
  void enter(llvm::StringRef key, Operation &op) {
    table[key] = &op;
    log.push_back(key.str());
  }
  /// Removes the entries that were added during its lifetime: created when a block is entered, destroyed when it is left.
  class Scope {
  public:
    explicit Scope(ScopedValues &values) : values(values), depth(values.log.size()) {}
    ~Scope() {
      for (; values.log.size() > depth; values.log.pop_back())
        values.table.erase(values.log.back());
    }

  private:
    ScopedValues &values;
    size_t depth;
  };

private:
  llvm::StringMap<Operation *> table;
  std::vector<std::string> log;
};

/// Replaces the results of `op` by those of `by`, which is an earlier operation.
void replaceUses(Operation &op, Operation &by);
/// Removes an operation without uses, and the constants that only this operation used. Constants for which `mayGo` returns false are kept.
void eraseWithConstants(Operation &op, llvm::function_ref<bool(const Operation &)> mayGo = nullptr);

} // namespace mil
