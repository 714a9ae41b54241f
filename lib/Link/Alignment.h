// Aligns the operations of several functions with those of the first, if all functions are the same program.
//
// Two functions are the same program if their outputs and the changes of their states are computed by the same operations with the same
// operands, except for
//  * names, other than those of inputs and outputs that both functions have,
//  * the order of operations that don't depend on each other,
//  * the order of x and y of operations that commute,
//  * the places and contents of constants, and the sizes of dimensions.
//
// So the alignment needs no heuristics, unlike diff (lib/Diff/Matching.h), which compares programs that differ: it proceeds from the
// outputs backwards until it reaches the inputs, and the first place where it can't continue is a difference. The only choice is between x
// and y of a commutative operation if both have the same structure; then equal weights decide, then names, then the order.
//
// Operations that nothing depends on are not aligned. Linear in the operations.
#pragma once

#include "mil/Pass/Equivalence.h"
#include "llvm/ADT/DenseSet.h"

namespace mil {

/// A function to align, and its name in messages.
struct AlignedFunction {
  const Function *function = nullptr;
  std::string name;
};

/// The alignment of several functions.
class Alignment {
public:
  /// Aligns the functions (one or more) with the first. The constants of all functions must have been unified in `identity`. If a function
  /// differs, reports the first difference in the order of the first function.
  static Result<Alignment> make(llvm::ArrayRef<AlignedFunction> functions, const ConstantEquivalence &identity, DiagnosticEngine &diags);

  size_t functionCount() const { return others.size() + 1; }
  /// The aligned operations of the first function, in its order, without `const`. Operations of nested blocks follow the operation that
  /// contains them.
  llvm::ArrayRef<Operation *> operations() const { return aligned; }
  bool contains(const Operation *op) const { return alignedSet.contains(op); }
  /// The operation or value of function `i` that corresponds to an aligned one of the first function.
  Operation *operation(Operation *op, size_t i) const { return i ? others[i - 1].operations.lookup(op) : op; }
  Value *value(Value *value, size_t i) const { return i ? others[i - 1].values.lookup(value) : value; }
  /// The operand of function `i` that corresponds to a binding of an aligned operation of the first function.
  const Operand &operand(Operation *op, Name argument, unsigned binding, size_t i) const;

  /// The operations and values of one function, by those of the first function.
  struct Side {
    llvm::DenseMap<const Operation *, Operation *> operations;
    llvm::DenseMap<const Value *, Value *> values;
    llvm::DenseSet<const Operation *> swapped; ///< operations of the first function whose x and y are exchanged here
  };

private:
  std::vector<Side> others;
  std::vector<Operation *> aligned;
  llvm::DenseSet<const Operation *> alignedSet;
};

} // namespace mil
