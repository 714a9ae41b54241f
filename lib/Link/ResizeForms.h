// Resizing of images to sizes that differ between functions: `resize` accepts the sizes as a value, older operations only accept constants.
#pragma once

#include "SizeExpressions.h"

namespace mil {

/// Whether an argument of an operation is the size to which images are resized, or the scale factor.
bool isResizedSize(const Operation &op, llvm::StringRef argument);

/// Whether a resizing operation selects nearest elements.
bool isNearest(const Operation &op);

/// Whether each size is a multiple of the corresponding one in `of`.
bool areMultiples(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> of);

/// The reason why an argument that must be constant can't be computed at run time.
const char *whyFixed(const Operation &op, llvm::StringRef argument);

/// Replaces a resize_bilinear, resize_nearest_neighbor or upsample_* by an equivalent `resize` to the sizes `height` and `width`; for
/// nearest elements, these must be multiples of the sizes of x. Null if the opset has no resize.
Operation *writeResize(Operation &op, const SizeExpression &height, const SizeExpression &width, Sizes &sizes, Rewriter &rewriter);

} // namespace mil
