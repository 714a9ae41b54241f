// Constant folding: the values of an operation whose arguments are constant.
#pragma once

#include "mil/Ops/Infer.h"

namespace mil {

struct FoldOptions {
  /// No operand and no result may have more elements than this: folding trades file size and time for work at run time.
  uint64_t maxElements = 1 << 20;
};

/// The results of an operation as constants, of its inferred types; empty when it doesn't fold: an argument isn't constant, the op has no
/// folder or has effects, something is too large. Values that come from constexpr ops are never constants here. An op that breaks its rules
/// doesn't fold; only failures to read a weight file are reported.
llvm::SmallVector<const Literal *, 1> foldOperation(const Operation &op, DiagnosticEngine &diags, const FoldOptions &options = {});

} // namespace mil
