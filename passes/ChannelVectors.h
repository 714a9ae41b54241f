// Constants that have one number for each channel of a tensor: what biases, scales and slopes are, however they are shaped to broadcast.
#pragma once

#include "mil/Ops/Tensor.h"

namespace mil {

/// Whether a constant of type `vector`, broadcast to `tensor`, has one number for each index of the dimension `axis` (from the front): a
/// single element, or as many as that dimension is long, which is the only one that isn't 1.
bool isChannelVector(Type vector, Type tensor, size_t axis);
/// Such a constant as a vector of `channels` elements.
Tensor channelVector(const Tensor &tensor, int64_t channels);
/// Whether no element is infinite or NaN.
bool isFinite(const Tensor &tensor);

} // namespace mil
