// Sampling between elements: what resizing and cropping images share.
#pragma once

#include "mil/Tensor/Tensor.h"
#include "llvm/ADT/StringRef.h"

namespace mil {

/// Where the elements of a result are sampled along one dimension: positions among the elements of x, not yet kept within them.
using Grid = std::vector<double>;

/// `out` positions over `in` elements, of which the first lies at `start`, by the sampling mode of that name:
///   (STRICT_)ALIGN_CORNERS  i · (in - 1) / (out - 1), which for out = 1 only the one that isn't strict defines: the middle
///   DEFAULT                 i · in / out
///   OFFSET_CORNERS          (i + ½) · max(1, in - 1) / out; not the identity when the sizes are equal
///   UNALIGN_CORNERS         (i + ½) · in / out - ½
Grid samplingGrid(llvm::StringRef mode, double in, int64_t out, double start = 0);

/// x sampled along `axis` at a grid, kept within its elements: interpolated linearly between neighbours.
Tensor sampleLinearly(const Tensor &x, size_t axis, const Grid &grid, DType result);
/// x's nearest elements along `axis`; halves go up, or down.
Tensor sampleNearest(const Tensor &x, size_t axis, const Grid &grid, bool down);

/// A plane of numbers and what lies outside.
struct Plane {
  llvm::ArrayRef<double> values; ///< [height, width]
  int64_t height, width;
  double outside = 0;
  double at(int64_t row, int64_t column) const {
    bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? values[size_t(row * width + column)] : outside;
  }
  /// Between the four elements around a place.
  double bilinear(double row, double column) const;
};

} // namespace mil
