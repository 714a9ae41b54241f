// Weights whose differences are of low rank become a constant and a product of two thin inputs.
//
//   y = linear(x, weight = W_i, bias = b)     =>     y = add(x = linear(x, weight = W_0, bias = b),
//   W_i - W_0 = U_i · V_i                              y = matmul(matmul(x, V_i transposed), U_i transposed))
//
// The same for the constant y of a matmul, and for the weight of a conv without groups, as a matrix of [channels out, all else]: a conv to
// `rank` channels, of the same window, then one of 1x1.
//
// lib/Link/Factors.h tells how the factors are found. The first function is the base: its factors are zeros.
#pragma once

#include "WeightInputs.h"

namespace mil {

/// Takes from `constants` the weights whose differences are of low rank, and makes inputs of their factors. Adds what was found of each
/// weight that was looked at to `found`.
Status addLowRank(UnifiedFunction &unified, const UnifiedSources &sources, WeightInputs &inputs, const LowRankOptions &options,
                  std::vector<DifferingConstant> &constants, std::vector<LowRankWeight> &found);

} // namespace mil
