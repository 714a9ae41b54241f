// Negative indices, which gather and its kind take in opsets before iOS17 and not from it on.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

/// Whether these are constants of which none is negative.
bool areNeverNegative(const Value *indices, const Rewriter &rewriter);
/// Indices from 0 on that select the same as int32 `indices`, in dimensions of these sizes: select(indices >= 0, indices, indices + sizes).
/// Null if an argument is.
Value *countedFromFront(Value *indices, Value *sizes, Rewriter &rewriter);

} // namespace mil
