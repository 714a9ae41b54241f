// Hashes of the values of a function by the operations that compute them, to match the operands of commutative operations.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Pass/Equivalence.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mil {

/// Whether an operation of this type has the same result if x and y are exchanged.
bool commutes(Name type);

class StructureHashes {
public:
  /// `sharedNames`: inputs with these names are hashed by name; all others have the same hash.
  StructureHashes(const Function &function, const ConstantEquivalence &identity, const llvm::DenseSet<Name> &sharedNames);

  /// Two hashes: by structure alone, and including the contents of constants.
  struct Pair {
    uint64_t structure = 0, content = 0;
  };
  Pair of(const Operand &operand) const;

private:
  void add(Block &block);
  void addOne(Operation &op);

  const ConstantEquivalence &identity;
  llvm::DenseMap<const Value *, Pair> hashes;
};

} // namespace mil
