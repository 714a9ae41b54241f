// Pooling of whole images whose sizes differ between functions: kernels are constants, reductions have none.
#pragma once

#include "Differences.h"
#include "UnifiedFunction.h"

namespace mil {

/// Puts a reduce_mean or reduce_max in the place of an avg_pool or max_pool whose kernels or strides differ, and that pools each image as a
/// whole, without padding, to one element, in all functions. True if that is done, also if it was before; the place may be any constant's.
bool reducePool(const ConstantPlace &place, const Alignment &alignment, UnifiedFunction &unified);

} // namespace mil
