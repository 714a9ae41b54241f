// Weights: which constants of a program are worth compressing, and what their dimensions are for.
//
// A weight is a `const` of numbers with two dimensions or more that operations read, none of which is a constexpr_*; or, when compressing
// again, a constexpr_* in whose place another one can go. The rules, and the dimensions of channels, are coremltools'.
#pragma once

#include "mil/Compress/CompressedWeight.h"
#include "mil/IR/Block.h"

namespace mil {

/// What the operations that read a weight make of it.
struct WeightReaders {
  std::vector<const Operation *> operations; ///< each once; of a constexpr_* that something reads, those that read the end of the chain
  /// The dimensions of output and input channels, where all take the same.
  std::optional<size_t> outputs, inputs;
  int64_t groups = 1;
  bool isStructured = false; ///< all of them take it as the weight of conv or linear
};
WeightReaders readersOf(const Value &weight);

/// Whether a constant is one that can be compressed at all: a tensor of fp16, fp32, int8 or uint8 with two dimensions and ten elements or
/// more, in memory or in a weight file that is there, read by operations none of which is a constexpr_*.
bool isWeight(const Operation &constant);

/// A weight as the schemes see it; null values when it can't be read.
WeightView viewOf(const Value &weight, const WeightReaders &readers);

} // namespace mil
