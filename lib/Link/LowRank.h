// Replaces weights whose differences have low rank by a constant and a product of two thin inputs.
//
//   y = linear(x, weight = W_i, bias = b)     =>     y = add(x = linear(x, weight = W_0, bias = b),
//   W_i - W_0 = U_i · V_i                              y = matmul(matmul(x, V_i transposed), U_i transposed))
//
// The same is done for the constant y of a matmul, and for the weight of a conv without groups, as a matrix [output channels, everything
// else]: a conv with the same window to `rank` channels, followed by a 1x1 conv.
//
// lib/Link/Factors.h describes how the factors are found. The first function is the base: its factors are zeros.
#pragma once

#include "WeightInputs.h"

namespace mil {

/// Removes the weights whose differences have low rank from `constants`, and makes their factors inputs. Adds the result for each examined
/// weight to `found`.
Status addLowRank(UnifiedFunction &unified, const UnifiedSources &sources, WeightInputs &inputs, const LowRankOptions &options,
                  std::vector<DifferingConstant> &constants, std::vector<LowRankWeight> &found);

} // namespace mil
