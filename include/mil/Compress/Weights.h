// Weights: which constants of a program can be compressed, and the meaning of their dimensions.
//
//   if (isWeight(op))
//     WeightView view = viewOf(*op.result(), readersOf(*op.result()));
//
// A weight is a numeric `const` with two or more dimensions that is used by operations other than constexpr_*; or, when compressing again,
// a constexpr_* that can be replaced by another one. The rules, and the dimensions of channels, are those of coremltools.
#pragma once

#include "mil/Compress/CompressedWeight.h"
#include "mil/IR/Block.h"

namespace mil {

/// The operations that use a weight, and their common properties.
struct WeightReaders {
  std::vector<const Operation *> operations; ///< each once; those that use the end of a chain of constexpr_*
  /// The dimensions of output and input channels, if they are the same for all operations.
  std::optional<size_t> outputs, inputs;
  int64_t groups = 1;
  bool isStructured = false; ///< all operations use it as the weight of conv or linear
};
/// The operations that use a weight, directly or through a chain of constexpr_*.
WeightReaders readersOf(const Value &weight);

/// Whether a constant can be compressed: a tensor of fp16, fp32, int8 or uint8 with at least two dimensions and ten elements, in memory or
/// in an existing weight file, used by operations other than constexpr_*.
bool isWeight(const Operation &constant);

/// A weight as input of compression; its values are null if it can't be read.
WeightView viewOf(const Value &weight, const WeightReaders &readers);

} // namespace mil
