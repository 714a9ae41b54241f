// Rewrites operations that require constants for some arguments into operations that don't, and back.
//
//   y = linear(x, weight = w, bias = b)         p = matmul(x = x, y = w, transpose_y = true);  y = add(x = p, y = b)
//   y = layer_norm(x, axes, gamma = g, beta = b)   n = layer_norm(x, axes);  m = mul(x = n, y = g);  y = add(x = m, y = b)
//   y = conv(x, weight, bias = b)              c = conv(x, weight);  e = expand_dims(x = b, axes);  y = add(x = c, y = e)
//   w = constexpr_blockwise_shift_scale(data, scale = s)   u = constexpr_blockwise_shift_scale(data, scale = 1);  w = mul(x = u, y = s)
//
// Rewritten operations are marked by their names (not the names of values), so that the inverse doesn't change similar operations of the
// original program: `…_unbiased` is followed by the addition of a bias or beta, `…_unscaled` by the product with gamma; `…_product` is a
// linear; `…_column` is the bias of a conv; `…_by_scale` is the product of a compressed constant with its scale. Arguments that are still
// constant are kept in the operation if possible.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

/// Replaces `op`, which has values instead of constants, by other operations. False, without a change, if that isn't possible.
bool writeWithoutConstants(Operation &op, Rewriter &rewriter);

/// Rewrites a compressed constant as one with scales of 1, times `scale`, whose elements each apply to whole dimensions or to one channel.
/// Returns the product, which has the same bits and which users should read instead; null if that isn't possible. `compressed` is not
/// changed.
Value *writeScaleApart(Operation &compressed, Value &scale, Rewriter &rewriter);

/// Restores the original form of all such operations of a function whose arguments are constant again. Returns their number.
size_t writeWithConstants(Function &function, Rewriter &rewriter);

/// A constant in another type with the same number of elements: converted in windows, or the same bytes in another shape. Null if it can't
/// be read.
const Literal *convertedConstant(const Literal *literal, Type type, DiagnosticEngine &diags, Context &context);

} // namespace mil
