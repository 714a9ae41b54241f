// Fingerprints of constants: equal constants have equal fingerprints, different constants rarely do. A few hundred bytes of each constant
// are read.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

class Fingerprints {
public:
  /// The fingerprint of all weights among the arguments and attributes of an operation; 0 if there are none. Weights are constants of at
  /// least 32 bytes whose bytes are available.
  Result<uint64_t> of(const Operation &op, DiagnosticEngine &diags);

private:
  Result<uint64_t> of(const Literal &literal, DiagnosticEngine &diags);
  llvm::DenseMap<const Literal *, uint64_t> known;
};

} // namespace mil
