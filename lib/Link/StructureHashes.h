// Hashes of the values of a function by the operations that compute them: to tell which operand of a commutative operation corresponds to
// which.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Pass/Equivalence.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mil {

/// Whether exchanging x and y of an operation of this type keeps its result.
bool commutes(Name type);

class StructureHashes {
public:
  /// `sharedNames`: inputs of these names hash by name, all others alike.
  StructureHashes(const Function &function, const ConstantEquivalence &identity, const llvm::DenseSet<Name> &sharedNames);

  /// By structure alone, and with the contents of constants.
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
