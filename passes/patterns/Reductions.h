// Sums that are means: how many elements a reduction takes together.
#pragma once

#include "mil/IR/Block.h"

namespace mil {

/// How many elements of its x a reduction makes one of; NaN when a size isn't known.
double reducedCount(const Operation &reduction);
/// Whether a factor that is written in the program is `wanted`, to the precision of an element type.
bool isNearly(double factor, double wanted, DType type);

} // namespace mil
