// Convolutions computed naively by their definition: for constant folding and for checking rewrites, not for running models.
//
// A window has a place for each of its positions; at position p its element k covers element p · stride + k · dilation - padBefore of the
// padded side. A convolution sums, at each position, the elements that its window covers; a transposed one adds, from each position, to
// those that its window covers. So both walk the same triples (position, window element, element under it).
#pragma once

#include "mil/Tensor/Shapes.h"
#include "mil/Tensor/Tensor.h"

namespace mil {

/// The operands and the geometry of a convolution.
struct Convolution {
  const Tensor &x, &weight;
  const Tensor *bias; ///< or null
  /// One a spatial dimension, their sizes those of the weight, their pads what x, or the result if transposed, is padded by.
  llvm::ArrayRef<shapes::Window> windows;
  int64_t groups;
  double mostProducts; ///< the limit of multiplications
};

/// [N, Cout, positions…] of x [N, Cin, D…] and weight [Cout, Cin / groups, K…]. `dims` is the result's shape. nullopt for more than
/// mostProducts.
std::optional<Tensor> convolve(const Convolution &convolution, llvm::ArrayRef<int64_t> dims, DType result);
/// [N, Cout, D…] of x [N, Cin, positions…] and weight [Cin, Cout / groups, K…].
std::optional<Tensor> convolveTransposed(const Convolution &convolution, llvm::ArrayRef<int64_t> dims, DType result);

} // namespace mil
