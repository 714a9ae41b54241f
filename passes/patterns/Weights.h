// Weights: the constants that are worth compressing, and what their dimensions are for.
#pragma once

#include "mil/Ops/Blocks.h"
#include "mil/Ops/Elements.h"
#include "mil/Pass/Rewriter.h"
#include <cmath>

namespace mil {

/// The options that passes over weights have in common.
struct WeightOptions {
  explicit WeightOptions(Pass &pass)
      : threshold(pass, "weight_threshold", "Leave constants of this many elements and fewer as they are", 2048),
        skipped(pass, "skip", "Leave constants as they are that have one of these names, or that an operation of one of these names reads"),
        skippedTypes(pass, "skip_ops_by_type", "Leave constants as they are that operations of these types read") {}
  Option<int64_t> threshold;
  Option<std::vector<std::string>> skipped, skippedTypes;

  /// Whether a function's opset has no compressed constants; warns of the first weight since `start`.
  bool isTooOld(Rewriter &rewriter, llvm::StringRef pass);
  /// Begins with a function.
  void start() { warned = false; }

private:
  bool warned = false;
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

/// Whether there is a reason why a pass can't do what it is asked to in an operation's function (null for none); complains of it, once.
bool refuse(const Operation &op, Rewriter &rewriter, llvm::StringRef pass, const char *why);

/// The least and the greatest of some elements.
struct Range {
  double least = HUGE_VAL, greatest = -HUGE_VAL;
};
/// The ranges of all blocks of a tensor; nullopt when an element is not finite, or can't be read, which is reported. `blocks`: how many
/// along each dimension.
std::optional<std::vector<Range>> rangesOf(ElementReader &elements, llvm::ArrayRef<int64_t> blocks, DiagnosticEngine &diags);

/// How many blocks of a size there are along each dimension, one for a size of 0; nullopt where a dimension is no multiple.
std::optional<Tensor::Dims> blocksOfSize(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> sizes);

/// The packed bytes of a constant of a sub-byte type as uint8, and its shape as uint32, as the compressed constants of iOS16 have them.
const Literal *packedAsBytes(Context &context, const Literal *constant);
const Literal *shapeAsUInt32(Context &context, llvm::ArrayRef<int64_t> dims);

} // namespace mil
