// The axes over which a call computes, if they are adjacent: then rows are contiguous in memory, or have a fixed stride.
#pragma once

#include "mil/Run/Kernel.h"

namespace mil::fast {

/// Dimensions [first, first + count).
struct AxisRange {
  size_t first, count;
};

/// The dimensions in the argument `axes`, all dimensions of x if it is absent; nullopt if there are none, or if they are not adjacent.
inline std::optional<AxisRange> neighbouringAxes(const KernelCall &call) {
  size_t rank = (*call.args)["x"].rank();
  if (!(*call.args)["axes"])
    return rank ? std::optional(AxisRange{0, rank}) : std::nullopt;
  std::optional<Dims> axes = call.args->axes("axes", rank);
  if (!axes || axes->empty())
    return std::nullopt;
  llvm::sort(*axes);
  if (axes->back() - axes->front() + 1 != int64_t(axes->size()))
    return std::nullopt;
  return AxisRange{size_t(axes->front()), axes->size()};
}

} // namespace mil::fast
