// What the operations that use a value require of its elements, for random inputs and weights that a run can use.
#pragma once

#include "mil/IR/Program.h"

namespace mil {

/// Below which number all elements must be because they are indices, for gather, scatter, one_hot and the like; 0 if they aren't indices.
/// Looks through operations that move, convert, choose or join elements, or add a constant.
int64_t indexLimit(const Value *value);

/// Whether a value goes into a logarithm or a root, possibly with a constant added, so that no element may be negative.
bool mustNotBeNegative(const Value *value);

} // namespace mil
