#include "ChannelVectors.h"
#include "mil/Ops/Kernels.h"
#include <cmath>

using namespace mil;

bool mil::isChannelVector(Type vector, Type tensor, size_t axis) {
  if (!vector.isTensor() || !tensor.isTensor() || !vector.hasStaticShape() || !tensor.hasRank() || vector.rank() > tensor.rank())
    return false;
  std::optional<int64_t> count = vector.elementCount();
  if (count == 1)
    return true;
  size_t fromEnd = tensor.rank() - axis;
  return count && fromEnd <= vector.rank() && *count == tensor.dim(int(axis)) && vector.dim(-int(fromEnd)) == *count;
}

Tensor mil::channelVector(const Tensor &tensor, int64_t channels) { return expandTo(tensor.withDims(tensor.count()), channels); }

bool mil::isFinite(const Tensor &tensor) {
  for (int64_t i = 0; i < tensor.count(); ++i)
    if (!std::isfinite(tensor.number(i)))
      return false;
  return true;
}
