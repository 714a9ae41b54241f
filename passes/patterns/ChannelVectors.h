// Constants with one number for each channel of a tensor, such as biases, scales and slopes, in any shape that broadcasts.
#pragma once

#include "mil/Tensor/Tensor.h"

namespace mil {

/// Whether a constant of type `vector`, broadcast to `tensor`, has one number for each index of the dimension `axis` (counted from the
/// front): it has a single element, or the size of that dimension there and 1 in all others.
bool isChannelVector(Type vector, Type tensor, size_t axis);
/// Converts such a constant to a vector of `channels` elements.
Tensor channelVector(const Tensor &tensor, int64_t channels);

/// The same for several dimensions, in ascending order: whether a constant of type `values`, broadcast to `tensor`, only varies along these
/// dimensions. Their sizes must be known.
bool variesAlong(Type values, Type tensor, llvm::ArrayRef<int64_t> axes);
/// Converts such a constant to the shape of these dimensions of `tensor`.
Tensor expandedAlong(const Tensor &values, Type tensor, llvm::ArrayRef<int64_t> axes);

/// Whether no element is infinite or NaN.
bool isFinite(const Tensor &tensor);

} // namespace mil
