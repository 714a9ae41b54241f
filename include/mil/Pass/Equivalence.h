// What is equal to what: constants by their content, operations by what they compute. For passes that keep one of several.
//
// Constants are equal when element type and bits are: NaN equals itself, -0 differs from 0, and where the bytes lie, in the program or in a
// file, makes no difference, nor does the shape. Files are read where two constants have one size and element type, in windows (BlobPool).
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

class ConstantEquivalence {
public:
  /// Adding one twice is fine.
  void add(const Literal *literal);
  /// Finds out which are equal. Linear in the bytes in memory and in the bytes of blobs that have a twin. Fails when a file can't be read.
  Status unify(DiagnosticEngine &diags);
  /// After `unify`: the first constant added that has the same element type and content, whatever its shape; the literal itself when none
  /// has. Strings, lists and the like are equal only with equal types.
  const Literal *representative(const Literal *literal) const {
    const Literal *found = leaders.lookup(literal);
    return found ? found : literal;
  }

  /// After `unify`: says that a literal made meanwhile has the content of one that is known.
  void alias(const Literal *made, const Literal *known) { leaders[made] = representative(known); }

private:
  const Literal *firstEqualInMemory(const Literal *literal);
  std::vector<const Literal *> order;
  llvm::DenseMap<uint64_t, llvm::SmallVector<const Literal *, 1>> byHash;
  llvm::DenseMap<const Literal *, const Literal *> leaders;
};

/// A text that two calls share when they have the same op type, argument bindings, attributes (the name aside) and result types. What an
/// operand or attribute is taken for is asked from `identityOf`, called with either a value or a literal, the other null. Nested blocks are
/// not looked at.
std::string callKey(const Operation &op, llvm::function_ref<const void *(const Value *, const Literal *)> identityOf);

/// A table of values by key that follows the scopes of blocks: what was entered in a block is forgotten when it is left.
class ScopedValues {
public:
  /// The operation entered under a key in this block or one around; null for none.
  Operation *find(llvm::StringRef key) const { return table.lookup(key); }
  /// Enters an operation under a key that has none.
  void enter(llvm::StringRef key, Operation &op) {
    table[key] = &op;
    log.push_back(key.str());
  }
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

/// Lets all that reads the results of `op` read those of `by`, which come before.
void replaceUses(Operation &op, Operation &by);
/// Removes an operation without uses, and the constants that nothing but it read, as far as they `mayGo`.
void eraseWithConstants(Operation &op, llvm::function_ref<bool(const Operation &)> mayGo = nullptr);

} // namespace mil
