// Operations that take some arguments as constants only, written in others that don't, and back.
//
//   y = linear(x, weight = w, bias = b)         p = matmul(x = x, y = w, transpose_y = true);  y = add(x = p, y = b)
//   y = layer_norm(x, axes, gamma = g, beta = b)   n = layer_norm(x, axes);  m = mul(x = n, y = g);  y = add(x = m, y = b)
//   y = conv(x, weight, bias = b)              c = conv(x, weight);  e = expand_dims(x = b, axes);  y = add(x = c, y = e)
//   w = constexpr_blockwise_shift_scale(data, scale = s)   u = constexpr_blockwise_shift_scale(data, scale = 1);  w = mul(x = u, y = s)
//
// Operations that were written apart are marked by their names (not those of values), so that the way back doesn't take for them what was
// there before: `…_unbiased` is followed by the addition of a bias or beta, `…_unscaled` by the product with gamma, `…_product` is a
// linear;
// `…_column` is the bias of a conv; `…_by_scale` is a compressed constant's product with its scale. Arguments that stay constant stay where
// they are when they can.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

/// Replaces `op`, which has values instead of constants, by other operations. False, without a change, if that isn't possible.
bool writeWithoutConstants(Operation &op, Rewriter &rewriter);

/// Writes a compressed constant as one with scales of 1, times `scale`, in which every element is for whole dimensions or for one channel;
/// the product, which has the same bits, for readers to take. Null where that can't be done. `compressed` stays as it is.
Value *writeScaleApart(Operation &compressed, Value &scale, Rewriter &rewriter);

/// Writes what these made as it was, where constants have come back, all over a function. Returns how many.
size_t writeWithConstants(Function &function, Rewriter &rewriter);

/// A constant in another type, of as many elements: made in windows, or the same bytes in another shape. Null when it can't be read.
const Literal *convertedConstant(const Literal *literal, Type type, DiagnosticEngine &diags, Context &context);

} // namespace mil
