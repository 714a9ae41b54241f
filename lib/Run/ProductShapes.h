// Matrix products of a call: sizes, strides and places, independent of types and kernel.
#pragma once

#include "Products.h"
#include "mil/Run/Kernel.h"
#include "mil/Tensor/Shapes.h"

namespace mil::fast {

/// Matrices whose memory follows at each run.
struct ProductShape {
  Products products;
  std::vector<Products::Place> places;
};
// MatrixKernels.cpp
ProductShape linearShape(const KernelCall &call);
ProductShape matmulShape(const KernelCall &call);
ProductShape einsumShape(const KernelCall &call);

/// Three spatial dimensions; missing ones, outermost, have size 1.
struct Geometry {
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  shapes::Window windows[3];
  int64_t inSize() const { return in[0] * in[1] * in[2]; }
  int64_t outSize() const { return out[0] * out[1] * out[2]; }
  int64_t taps() const { return windows[0].size * windows[1].size * windows[2].size; }
  /// Whether the window is one element that walks over all of the image.
  bool isPointwise() const {
    return llvm::all_of(windows,
                        [](const shapes::Window &w) { return w.size == 1 && w.stride == 1 && w.padBefore == 0 && w.padAfter == 0; });
  }
};

/// The weight [Cout, Cin · taps] by what windows see [Cin · taps, positions], for each image and group.
struct ConvolutionShape : ProductShape {
  Geometry geometry;
};
// ConvolutionKernels.cpp
/// nullopt when a parameter isn't known.
std::optional<ConvolutionShape> convolutionShape(const KernelCall &call);
/// The weight, transposed, [Cout / groups · taps, Cin / groups] by the image, for each image and group; `result` of a place is that of the
/// first channel of the group in the result of the operation.
std::optional<ConvolutionShape> transposedConvolutionShape(const KernelCall &call);

} // namespace mil::fast
