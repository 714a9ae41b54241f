// Constant folding: computes the results of operations with constant arguments.
//
//   for (const Literal *result : foldOperation(op, diags))
//     …
#pragma once

#include "mil/Ops/Infer.h"

namespace mil {

/// Limits of constant folding.
struct FoldOptions {
  /// No operand and no result may have more elements than this: folding trades file size and time for work at run time.
  uint64_t maxElements = 1 << 20;
  /// The limit in bytes for all results folded in a context, because a small program can request any number of large tensors. Operations
  /// beyond it aren't folded, which is reported once. 0: no limit.
  uint64_t maxTotalBytes = 0;
};

/// The bytes of all results folded in a context so far.
uint64_t foldedBytes(const Context &context);

/// The results of an operation as constants of its inferred types; empty if it can't be folded: an argument isn't constant, the op can't be
/// evaluated or has effects, or something is too large. Results of constexpr ops don't count as constants here. An invalid operation isn't
/// folded; only failures to read a weight file are reported.
llvm::SmallVector<const Literal *, 1> foldOperation(const Operation &op, DiagnosticEngine &diags, const FoldOptions &options = {});

} // namespace mil
