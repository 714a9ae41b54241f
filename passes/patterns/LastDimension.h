// Constants that are added along the last dimension, as biases of linear are.
#pragma once

#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"

namespace mil {

/// Whether a constant has one element, or `length` of them along its last dimension, and does not give a result of `result`'s type more
/// dimensions.
inline bool isAlongLastDimension(Type constant, int64_t length, Type result) {
  std::optional<int64_t> count = constant.elementCount();
  if (!count || !result.hasRank() || constant.rank() > result.rank())
    return false;
  return *count == 1 || (*count == length && constant.dim(-1) == length);
}

/// Such a constant as a vector of `length` elements, those of one element repeated; nullopt when it can't be read.
inline std::optional<Tensor> alongLastDimension(const Literal *constant, int64_t length, Rewriter &rewriter) {
  std::optional<Tensor> tensor = rewriter.tensor(constant);
  if (!tensor)
    return std::nullopt;
  return expandTo(std::move(*tensor).withDims({*constant->type().elementCount()}), {length});
}

} // namespace mil
