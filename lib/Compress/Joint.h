// Joint compression: a scheme for what another one has made.
//
//   pruned, then quantized or palettized     what stays is compressed: zeros cost no entry of a table
//   palettized, then quantized               the table becomes integers with one scale
//   quantized, then palettized               the integers become indices into a table of integers
//   quantized or palettized, then pruned     the integers or indices of what stays
#pragma once

#include "mil/Compress/Weights.h"

namespace mil {

/// Whether a scheme has something to do with a constexpr_*.
bool canFollow(const Operation &op, const Scheme &scheme);
/// The form that takes its place.
std::optional<CompressedWeight> compressAgain(const Operation &op, WeightView weight, const Scheme &scheme, Opset opset, Context &context,
                                              WhyLeft &why);

} // namespace mil
