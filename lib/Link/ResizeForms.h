// Resizing of images to sizes that differ between functions: `resize` takes them as a value, the operations before it only as constants.
#pragma once

#include "SizeExpressions.h"

namespace mil {

/// Whether an argument of an operation gives the size that images are resized to, or the factor.
bool isResizedSize(const Operation &op, llvm::StringRef argument);

/// Whether an operation that resizes takes nearest elements.
bool isNearest(const Operation &op);

/// Whether each size is a multiple of the one at the same place in `of`.
bool areMultiples(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> of);

/// Why an argument that takes only constants can't be computed.
const char *whyFixed(const Operation &op, llvm::StringRef argument);

/// Puts a `resize` in the place of a resize_bilinear, resize_nearest_neighbor or upsample_* that makes the same of x, and of whose result
/// `height` and `width` are the sizes; for nearest elements these must be multiples of those of x. Null if the opset has no resize.
Operation *writeResize(Operation &op, const SizeExpression &height, const SizeExpression &width, Sizes &sizes, Rewriter &rewriter);

} // namespace mil
