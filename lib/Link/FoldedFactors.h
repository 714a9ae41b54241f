// Adds low-rank factors that are constants to their weight: the inverse of LowRank.h.
//
//   b = linear(x, weight = W, bias = b);  l = matmul(x, D, transpose_y);  c = matmul(l, U, transpose_y);  y = add(b, c)
//     =>   y = linear(x, weight = W + U · D, bias = b)
//
// The operations are recognized by the names that unifying gave them, `NAME_base` and `NAME_change`. The sum is rounded once to the type of
// the weight.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

/// Folds the constant factors of a function. Returns the number of changed weights. Sums are computed in windows when the weight is
/// written, with as many multiplications per element as the rank.
size_t foldFactors(Function &function, Rewriter &rewriter);

} // namespace mil
