// Negative indices, which gather and similar operations support before iOS17, but not since iOS17.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

/// Whether indices are constant and not negative.
bool areNeverNegative(const Value *indices, const Rewriter &rewriter);
/// Non-negative indices that select the same elements as int32 `indices`, in dimensions of these sizes: select(indices >= 0, indices,
/// indices + sizes). Null if an argument is null.
Value *countedFromFront(Value *indices, Value *sizes, Rewriter &rewriter);

} // namespace mil
