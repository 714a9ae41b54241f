// Constants that passes compute from others: transposed, quantized or decompressed weights.
//
// A large constant is a blob whose bytes are computed one window at a time, when they are compared with others and when they are written;
// so a pass over a model of many gigabytes never holds its weights in memory. The computation must therefore be cheap to repeat,
// reproducible, and only refer to literals and copies, because the operations may be erased by then. Small constants are computed
// immediately.
#pragma once

#include "mil/IR/Literal.h"
#include <functional>

namespace mil {

/// Fills `out` with the elements starting at index `from`; false on failure. Windows usually ascend, and may start over.
using MakeElements = std::function<bool(int64_t from, llvm::MutableArrayRef<double> out)>;
/// A constant with computed elements, rounded to the element type as Tensor::write does; the shape must be static. Null if a small one
/// can't be computed, or for a large one of an element type that weight files don't support.
const Literal *streamedConstant(Context &context, Type type, MakeElements make);

/// Fills `out` with the bytes starting at `offset`; false on failure.
using MakeBytes = std::function<bool(uint64_t offset, llvm::MutableArrayRef<uint8_t> out)>;
/// The same for bytes in the format of weight files.
const Literal *streamedBytes(Context &context, Type type, MakeBytes make);
/// Computes the bytes of `count` elements of a type from their values.
MakeBytes elementBytes(DType dtype, int64_t count, MakeElements make);

/// The bytes of a constant starting at `offset`: a tensor in memory or a blob. False if they can't be read or are missing.
bool readBytes(const Literal &constant, uint64_t offset, llvm::MutableArrayRef<uint8_t> out);

/// A constant with permuted dimensions: dimension i is dimension perm[i] of the original. Null if elements are smaller than a byte, or the
/// file is missing.
const Literal *permutedConstant(Context &context, const Literal &constant, llvm::ArrayRef<int64_t> perm);

} // namespace mil
