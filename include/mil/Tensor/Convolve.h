// Convolutions computed naively by their definition: for constant folding and for checking rewrites, not for running models.
//
// A window moves over the spatial dimensions of x, or of the result of a transposed convolution. At position p, element k of the window
// covers element p · stride + k · dilation - padBefore. A convolution computes each position of its result from the elements that the
// window covers there; a transposed convolution adds, for each position of x, to the elements that the window covers. So both visit the
// same triples (position, window element, covered element).
#pragma once

#include "mil/Tensor/Shapes.h"
#include "mil/Tensor/Tensor.h"

namespace mil {

/// The operands and the geometry of a convolution.
struct Convolution {
  const Tensor &x, &weight;
  const Tensor *bias; ///< or null
  /// One window per spatial dimension: its size is that of the weight, its pads are those of x, or of the result of a transposed
  /// convolution.
  llvm::ArrayRef<shapes::Window> windows;
  int64_t groups;
  double mostProducts; ///< the limit of the number of multiplications
};

/// The result [N, Cout, positions…] of x [N, Cin, D…] and weight [Cout, Cin / groups, K…]; `dims` is its shape. nullopt if it needs more
/// than mostProducts multiplications.
std::optional<Tensor> convolve(const Convolution &convolution, llvm::ArrayRef<int64_t> dims, DType result);
/// The same for a transposed convolution: the result [N, Cout, D…] of x [N, Cin, positions…] and weight [Cin, Cout / groups, K…].
std::optional<Tensor> convolveTransposed(const Convolution &convolution, llvm::ArrayRef<int64_t> dims, DType result);

} // namespace mil
