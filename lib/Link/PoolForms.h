// Pooling of whole images whose sizes differ between functions: reductions, unlike pools, need no constant kernel sizes.
#pragma once

#include "Differences.h"
#include "UnifiedFunction.h"

namespace mil {

/// Replaces an avg_pool or max_pool whose kernels or strides differ by reduce_mean or reduce_max, if it reduces each image as a whole,
/// without padding, to one element in all functions. Returns true if it has been replaced, now or earlier; `place` may be the place of any
/// constant.
bool reducePool(const ConstantPlace &place, const Alignment &alignment, UnifiedFunction &unified);

} // namespace mil
