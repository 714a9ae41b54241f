// Low-rank factors that are constants go back into the weight: the way back from LowRank.h.
//
//   b = linear(x, weight = W, bias = b);  l = matmul(x, D, transpose_y);  c = matmul(l, U, transpose_y);  y = add(b, c)
//     =>   y = linear(x, weight = W + U · D, bias = b)
//
// Known by the names that unifying gave to the operations, `NAME_base` and `NAME_change`. The sum is rounded once into the weight's type.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

/// Folds the constant factors of a function. Returns how many weights changed. Sums are made in windows when the weight is written; each
/// takes as many multiplications an element as the rank.
size_t foldFactors(Function &function, Rewriter &rewriter);

} // namespace mil
