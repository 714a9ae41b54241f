// Joint compression: a scheme for what another one has made.
//
//   pruned, then quantized or palettized     what stays is compressed: zeros cost no entry of a table
//   palettized, then quantized               the table becomes integers with one scale
//   quantized, then palettized               the integers become indices into a table of integers
//   quantized or palettized, then pruned     the integers or indices of what stays
#pragma once

#include "mil/Compress/Weights.h"

namespace mil {

/// Why a scheme can't be applied to a constexpr_*; None if it can.
WhyLeft whyNotAgain(const Operation &op, const Scheme &scheme);
/// The form that takes its place. `mustShrink`: only if it is smaller.
std::optional<CompressedWeight> compressAgain(const Operation &op, WeightView weight, const Scheme &scheme, Opset opset, Context &context,
                                              bool mustShrink, WhyLeft &why);

} // namespace mil
