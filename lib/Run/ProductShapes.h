// The matrix products of a call: sizes, strides and offsets, independent of types and kernel.
#pragma once

#include "Products.h"
#include "mil/Run/Kernel.h"
#include "mil/Tensor/Shapes.h"

namespace mil::fast {

/// The shape of matrices whose memory is set in each run.
struct ProductShape {
  Products products;
  std::vector<Products::Place> places;
};
// MatrixKernels.cpp
ProductShape linearShape(const KernelCall &call);
ProductShape matmulShape(const KernelCall &call);
ProductShape einsumShape(const KernelCall &call);

/// The geometry of a convolution with three spatial dimensions; missing outer ones have size 1.
struct Geometry {
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  shapes::Window windows[3];
  int64_t inSize() const { return in[0] * in[1] * in[2]; }
  int64_t outSize() const { return out[0] * out[1] * out[2]; }
  int64_t taps() const { return windows[0].size * windows[1].size * windows[2].size; }
  /// Whether the window has one element and visits all elements of the image.
  bool isPointwise() const {
    return llvm::all_of(windows,
                        [](const shapes::Window &w) { return w.size == 1 && w.stride == 1 && w.padBefore == 0 && w.padAfter == 0; });
  }
};

/// The product of the weight [Cout, Cin · taps] and the elements that the windows cover [Cin · taps, positions], for each image and group.
struct ConvolutionShape : ProductShape {
  Geometry geometry;
};
// ConvolutionKernels.cpp
/// The products of a convolution; nullopt if a parameter isn't known.
std::optional<ConvolutionShape> convolutionShape(const KernelCall &call);
/// The products of a transposed convolution: the transposed weight [Cout / groups · taps, Cin / groups] times the image, for each image and
/// group. `result` of a place is the offset of the first channel of the group in the result of the operation.
std::optional<ConvolutionShape> transposedConvolutionShape(const KernelCall &call);

} // namespace mil::fast
