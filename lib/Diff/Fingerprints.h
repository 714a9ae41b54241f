// Fingerprints of constants: equal constants have equal ones, different ones rarely do. A few hundred bytes of each are read.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

class Fingerprints {
public:
  /// Of all weights that an operation reads or holds, 0 for none. Weights: constants of 32 bytes and more whose bytes are at hand.
  Result<uint64_t> of(const Operation &op, DiagnosticEngine &diags);

private:
  Result<uint64_t> of(const Literal &literal, DiagnosticEngine &diags);
  llvm::DenseMap<const Literal *, uint64_t> known;
};

} // namespace mil
