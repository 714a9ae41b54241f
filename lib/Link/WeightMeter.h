// Computes the size of the weight file of some steps.
#pragma once

#include "FunctionBody.h"

namespace mil {

/// Adds up the sizes of the constants that steps use in one weight file, each content once. The result is an upper bound, because further
/// equal contents are found when the file is written.
class WeightMeter {
public:
  /// Adds a step; returns the bytes that the file grows by.
  uint64_t add(const FunctionBody &body, unsigned step);
  /// The bytes of the file.
  uint64_t total() const { return sum; }

private:
  void addOne(const Operation &op);
  llvm::DenseSet<const Operation *> constants;
  llvm::DenseSet<const void *> contents;
  uint64_t sum = 64; ///< the file's header
};

} // namespace mil
