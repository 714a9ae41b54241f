// How large the weight file of some steps gets.
#pragma once

#include "FunctionBody.h"

namespace mil {

/// Adds up what steps and the constants behind them take in one weight file, each content once. An upper bound: contents that turn out
/// equal are written once.
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
