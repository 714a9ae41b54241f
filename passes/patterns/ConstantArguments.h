// Reads constant integer arguments of operations.
#pragma once

#include "mil/IR/Block.h"

namespace mil {

using Integers = llvm::SmallVector<int64_t, 8>;

/// The elements of an argument; nullopt if it is absent or not constant.
std::optional<Integers> integersOf(const Operation &op, llvm::StringRef argument);
/// The same for a vector of axes, or a permutation, of `rank` dimensions: each is counted from the front.
std::optional<Integers> axesOf(const Operation &op, llvm::StringRef argument, size_t rank);

} // namespace mil
