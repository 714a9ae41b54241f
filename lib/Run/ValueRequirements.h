// Conditions on the elements of a value that its users require, for valid random inputs and weights.
#pragma once

#include "mil/IR/Program.h"

namespace mil {

/// The number below which all elements must be, because they are indices of gather, scatter, one_hot and the like; 0 if they aren't
/// indices. Follows operations that move, convert, select or join elements, or add a constant.
int64_t indexLimit(const Value *value);

/// Whether a value is the argument of a logarithm or a root, possibly with a constant added, so that no element may be negative.
bool mustNotBeNegative(const Value *value);

} // namespace mil
