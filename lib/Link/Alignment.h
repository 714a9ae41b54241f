// Which operation of each of several functions is which of the first, where all are the same program.
//
// Two functions are the same program when what leads to their outputs, and what they do to their states, is the same operations with the
// same operands, up to
//  * names, other than those of inputs and outputs that both functions have,
//  * the order of operations that don't depend on each other,
//  * the order of x and y of operations that commute,
//  * where constants lie, what they hold, and the sizes of dimensions.
//
// So nothing is guessed as diff does (lib/Diff/Matching.h), which has to find a way through programs that differ: the walk goes from the
// outputs back and must end at the inputs, and the first place where it can't go on is a difference. Only where x and y of a commuting
// operation are the same by structure is there a choice; then equal weights decide, then names, then the order.
//
// Operations that nothing depends on are not aligned. Linear in the operations.
#pragma once

#include "mil/Pass/Equivalence.h"
#include "llvm/ADT/DenseSet.h"

namespace mil {

/// A function to align, and what it is called in messages.
struct AlignedFunction {
  const Function *function = nullptr;
  std::string name;
};

class Alignment {
public:
  /// Aligns the functions (one or more) with the first. Constants of all of them have been unified in `identity`. Reports the first place
  /// at which one differs, by the order of the first function.
  static Result<Alignment> make(llvm::ArrayRef<AlignedFunction> functions, const ConstantEquivalence &identity, DiagnosticEngine &diags);

  size_t functionCount() const { return others.size() + 1; }
  /// The operations of the first function that are aligned, in its order, those of nested blocks behind the operation around them. No
  /// `const` among them.
  llvm::ArrayRef<Operation *> operations() const { return aligned; }
  bool contains(const Operation *op) const { return alignedSet.contains(op); }
  /// What an aligned operation or value of the first function is in function `i`.
  Operation *operation(Operation *op, size_t i) const { return i ? others[i - 1].operations.lookup(op) : op; }
  Value *value(Value *value, size_t i) const { return i ? others[i - 1].values.lookup(value) : value; }
  /// What binds in function `i` as a binding of an aligned operation of the first does.
  const Operand &operand(Operation *op, Name argument, unsigned binding, size_t i) const;

  /// One function's side.
  struct Side {
    llvm::DenseMap<const Operation *, Operation *> operations;
    llvm::DenseMap<const Value *, Value *> values;
    llvm::DenseSet<const Operation *> swapped; ///< of the first function, whose x is y here
  };

private:
  std::vector<Side> others;
  std::vector<Operation *> aligned;
  llvm::DenseSet<const Operation *> alignedSet;
};

} // namespace mil
