#include "patterns/ChannelVectors.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;

bool mil::isChannelVector(Type vector, Type tensor, size_t axis) {
  if (!vector.isTensor() || !tensor.isTensor() || !vector.hasStaticShape() || !tensor.hasRank() || vector.rank() > tensor.rank() ||
      axis >= tensor.rank())
    return false;
  std::optional<int64_t> count = vector.elementCount();
  if (count == 1)
    return true;
  size_t fromEnd = tensor.rank() - axis;
  return count && fromEnd <= vector.rank() && *count == tensor.dim(int(axis)) && vector.dim(-int(fromEnd)) == *count;
}

Tensor mil::channelVector(const Tensor &tensor, int64_t channels) { return expandTo(tensor.withDims(tensor.count()), channels); }

/// The size of a constant along a dimension of the tensor to which it broadcasts, counted from the front.
static int64_t sizeAlong(llvm::ArrayRef<int64_t> dims, size_t rank, int64_t axis) {
  int64_t own = axis - int64_t(rank - dims.size());
  return own < 0 ? 1 : dims[size_t(own)];
}

bool mil::variesAlong(Type values, Type tensor, llvm::ArrayRef<int64_t> axes) {
  if (!values.isTensor() || !values.hasStaticShape() || values.rank() > tensor.rank())
    return false;
  for (int64_t axis = 0; axis < int64_t(tensor.rank()); ++axis) {
    int64_t size = sizeAlong(values.dims(), tensor.rank(), axis);
    bool isAmong = llvm::is_contained(axes, axis);
    if ((isAmong && tensor.dim(int(axis)) < 1) || (size != 1 && (!isAmong || size != tensor.dim(int(axis)))))
      return false;
  }
  return true;
}

Tensor mil::expandedAlong(const Tensor &values, Type tensor, llvm::ArrayRef<int64_t> axes) {
  Tensor::Dims own, wanted;
  for (int64_t axis : axes) {
    own.push_back(sizeAlong(values.dims(), tensor.rank(), axis));
    wanted.push_back(tensor.dim(int(axis)));
  }
  return expandTo(values.withDims(own), wanted);
}

bool mil::isFinite(const Tensor &tensor) {
  for (int64_t i = 0; i < tensor.count(); ++i)
    if (!std::isfinite(tensor.number(i)))
      return false;
  return true;
}
