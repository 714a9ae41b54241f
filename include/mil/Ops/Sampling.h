// Sampling between elements, for the evaluation and the fast kernels of operations that resize and crop images.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Tensor/Tensor.h"

namespace mil {

/// The positions at which the elements of a result are sampled along one dimension of x, not yet clamped to the valid range.
using Grid = std::vector<double>;

/// `out` positions over `in` elements, the first at `start`, by the sampling mode of that name:
///   (STRICT_)ALIGN_CORNERS  i · (in - 1) / (out - 1); for out = 1 the first element if strict, else the middle
///   DEFAULT                 i · in / out
///   OFFSET_CORNERS          (i + ½) · max(1, in - 1) / out; not the identity when the sizes are equal
///   UNALIGN_CORNERS         (i + ½) · in / out - ½
Grid samplingGrid(llvm::StringRef mode, double in, int64_t out, double start = 0);

/// x sampled along `axis` at a grid, clamped to its elements, with linear interpolation between neighbours.
Tensor sampleLinearly(const Tensor &x, size_t axis, const Grid &grid, DType result);
/// The indices of the elements nearest to the positions of a grid, of `size` elements. Positions halfway between two are rounded up, or
/// with `down` down.
std::vector<int64_t> nearestElements(const Grid &grid, int64_t size, bool down);

/// The sampling of an image that is resized, one dimension after the other.
struct Resampling {
  struct Axis {
    size_t axis;
    Grid grid;                    ///< the positions to interpolate; or
    std::vector<int64_t> nearest; ///< the elements to select
  };
  bool isNearest = false;
  llvm::SmallVector<Axis, 3> axes;
};
/// The sampling of a call of resize_bilinear, resize_nearest_neighbor, upsample_bilinear, upsample_nearest_neighbor or resize, computed
/// from the types of x and of the result; nullopt if an option is unknown.
std::optional<Resampling> resamplingOf(const Args &a);

/// A plane of numbers, with a value for all positions outside it.
struct Plane {
  llvm::ArrayRef<double> values; ///< [height, width]
  int64_t height, width;
  double outside = 0;
  double at(int64_t row, int64_t column) const {
    bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? values[size_t(row * width + column)] : outside;
  }
  /// Interpolates between the four elements around a position.
  double bilinear(double row, double column) const;
};

} // namespace mil
