// Joint compression: applies a second scheme to a weight that is already compressed.
//
//   pruned, then quantized or palettized     the remaining elements are compressed: zeros need no entry of a table
//   palettized, then quantized               the table becomes integers with one scale
//   quantized, then palettized               the integers become indices into a table of integers
//   quantized or palettized, then pruned     the integers or indices of the remaining elements are stored
#pragma once

#include "mil/Compress/Weights.h"

namespace mil {

/// The reason why a scheme can't be applied to a constexpr_*; None if it can.
WhyLeft whyNotAgain(const Operation &op, const Scheme &scheme);
/// The form that replaces it. `mustShrink`: only if it is smaller.
std::optional<CompressedWeight> compressAgain(const Operation &op, WeightView weight, const Scheme &scheme, Opset opset, Context &context,
                                              bool mustShrink, WhyLeft &why);

} // namespace mil
