// Constants that are added along the last dimension, such as biases of linear.
#pragma once

#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"

namespace mil {

/// Whether a constant has one element, or `length` elements along its last dimension, and broadcasting it does not add dimensions to a
/// value of type `result`.
inline bool isAlongLastDimension(Type constant, int64_t length, Type result) {
  std::optional<int64_t> count = constant.elementCount();
  if (!count || !result.hasRank() || constant.rank() > result.rank())
    return false;
  return *count == 1 || (*count == length && constant.dim(-1) == length);
}

/// Converts such a constant to a vector of `length` elements, repeating a single element; nullopt if it can't be read.
inline std::optional<Tensor> alongLastDimension(const Literal *constant, int64_t length, Rewriter &rewriter) {
  std::optional<Tensor> tensor = rewriter.tensor(constant);
  if (!tensor)
    return std::nullopt;
  return expandTo(std::move(*tensor).withDims({*constant->type().elementCount()}), {length});
}

} // namespace mil
