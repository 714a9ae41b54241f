// Constants that passes make of others: a weight transposed, quantized, or spelt out.
//
// A large one is a blob whose bytes are made a window at a time, when they are compared with others and when they are written; so a pass
// over a model of many gigabytes holds none of its weights. The making must therefore be cheap to repeat, give the same each time, and
// refer to nothing but literals and copies: the operations around may be gone by then. Small constants are made at once.
#pragma once

#include "mil/IR/Literal.h"
#include <functional>

namespace mil {

/// Fills `out` with the elements from number `from` on; false on failure. Windows mostly ascend, and start over.
using MakeElements = std::function<bool(int64_t from, llvm::MutableArrayRef<double> out)>;
/// The constant of a type of static shape whose elements are made so, rounded into the element type as Tensor::write does. Null when a
/// small one can't be made, or for a large one of an element type that weight files don't hold.
const Literal *streamedConstant(Context &context, Type type, MakeElements make);

/// Fills `out` with the bytes from `offset` on; false on failure.
using MakeBytes = std::function<bool(uint64_t offset, llvm::MutableArrayRef<uint8_t> out)>;
/// The same from bytes, as weight files hold them.
const Literal *streamedBytes(Context &context, Type type, MakeBytes make);
/// Makes the bytes of `count` elements of a type of their numbers.
MakeBytes elementBytes(DType dtype, int64_t count, MakeElements make);

/// The bytes of a constant from `offset` on: of a tensor in memory or a blob. False when they can't be read or are not there.
bool readBytes(const Literal &constant, uint64_t offset, llvm::MutableArrayRef<uint8_t> out);

/// A constant with its dimensions reordered: dimension i is the constant's number perm[i], counted from 0. Null for one whose elements are
/// no whole bytes, or whose file is missing.
const Literal *permutedConstant(Context &context, const Literal &constant, llvm::ArrayRef<int64_t> perm);

} // namespace mil
