// Constants that have one number for each channel of a tensor: what biases, scales and slopes are, however they are shaped to broadcast.
#pragma once

#include "mil/Tensor/Tensor.h"

namespace mil {

/// Whether a constant of type `vector`, broadcast to `tensor`, has one number for each index of the dimension `axis` (from the front): a
/// single element, or as many as that dimension is long, which is the only one that isn't 1.
bool isChannelVector(Type vector, Type tensor, size_t axis);
/// Such a constant as a vector of `channels` elements.
Tensor channelVector(const Tensor &tensor, int64_t channels);

/// The same for several dimensions, in ascending order: whether a constant of type `values`, broadcast to `tensor`, differs along them
/// only. Their sizes must be known.
bool variesAlong(Type values, Type tensor, llvm::ArrayRef<int64_t> axes);
/// Such a constant in the shape of these dimensions of `tensor`.
Tensor expandedAlong(const Tensor &values, Type tensor, llvm::ArrayRef<int64_t> axes);

/// Whether no element is infinite or NaN.
bool isFinite(const Tensor &tensor);

} // namespace mil
