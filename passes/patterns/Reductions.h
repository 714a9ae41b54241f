// Sums that are means: the number of elements that a reduction combines.
#pragma once

#include "mil/IR/Block.h"

namespace mil {

/// The number of elements of x that a reduction combines into one; NaN if a size isn't known.
double reducedCount(const Operation &reduction);
/// Whether a factor in the program equals `wanted` within the precision of an element type.
bool isNearly(double factor, double wanted, DType type);

} // namespace mil
