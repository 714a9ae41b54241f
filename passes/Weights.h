// Weights: the constants that are worth compressing, and what their dimensions are for.
#pragma once

#include "mil/Pass/Pass.h"
#include "mil/Pass/Rewriter.h"

namespace mil {

/// The options that passes over weights have in common.
struct WeightOptions {
  explicit WeightOptions(Pass &pass)
      : threshold(pass, "weight_threshold", "Leave constants of this many elements and fewer as they are", 2048),
        skipped(pass, "skip", "Leave constants as they are that have one of these names, or that an operation of one of these names reads"),
        skippedTypes(pass, "skip_ops_by_type", "Leave constants as they are that operations of these types read") {}
  Option<int64_t> threshold;
  Option<std::vector<std::string>> skipped, skippedTypes;
};

struct Weight {
  const Literal *literal = nullptr;
  /// The dimensions of output and input channels, where all operations that read it take the same; else none.
  std::optional<size_t> outputs, inputs;

  Type type() const { return literal->type(); }
  DType dtype() const { return literal->type().dtype(); }
  llvm::ArrayRef<int64_t> dims() const { return literal->type().dims(); }

  /// What a `const` holds, if it is a weight: a tensor of fp16 or fp32, and of 8 bit integers if `integers`, with two dimensions or more
  /// and more elements than the threshold, that operations read, none of which is a constexpr_*. Sharing of the channel dimensions is as
  /// coremltools has it: conv_transpose has outputs second, matmul where its flags say; the others have outputs first, inputs second.
  static std::optional<Weight> of(const Operation &constant, const WeightOptions &options, bool integers);
};

} // namespace mil
