// Detects constants that are prefixes of larger constants in every dimension.
#pragma once

#include "mil/IR/Literal.h"

namespace mil {

/// Whether all elements of a constant are equal to those at the same indices of a larger one. False if they can't be read.
bool isPrefix(const Literal &small, const Literal &large);

} // namespace mil
