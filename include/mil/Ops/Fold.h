// Constant folding: the values of an operation whose arguments are constant.
#pragma once

#include "mil/Ops/Infer.h"

namespace mil {

struct FoldOptions {
  /// No operand and no result may have more elements than this: folding trades file size and time for work at run time.
  uint64_t maxElements = 1 << 20;
  /// All results folded in a context may take this many bytes of memory; what would be more isn't folded, which is told once. A few lines of
  /// text can ask for any number of large tensors. 0: no limit.
  uint64_t maxTotalBytes = 0;
};

/// Bytes of all results that were folded in a context so far.
uint64_t foldedBytes(const Context &context);

/// The results of an operation as constants, of its inferred types; empty when it doesn't fold: an argument isn't constant, the op has no
/// folder or has effects, something is too large. Values that come from constexpr ops are never constants here. An op that breaks its rules
/// doesn't fold; only failures to read a weight file are reported.
llvm::SmallVector<const Literal *, 1> foldOperation(const Operation &op, DiagnosticEngine &diags, const FoldOptions &options = {});

} // namespace mil
