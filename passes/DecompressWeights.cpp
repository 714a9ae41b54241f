// decompress_weights: compressed constants become plain ones.
//
//   w = constexpr_blockwise_shift_scale(data = Q, scale = s)   =>   w = const(val = s · Q)
//
// Every constexpr_*, of which a chain becomes one constant; for tools that don't support compressed constants, to compress again in another
// way, or to compare. Left as they are: those whose weight file is missing, and sparse tables of vectors.
//
// Values are computed while they are written, in windows, and have the bits that coremltools computes.
// Source: coremltools' compression::WeightDecompressor.
#include "mil/Ops/Elements.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct DecompressWeights : PatternPass {
  DecompressWeights()
      : PatternPass({"constexpr_affine_dequantize", "constexpr_blockwise_shift_scale", "constexpr_cast", "constexpr_lut_to_dense",
                     "constexpr_lut_to_sparse", "constexpr_sparse_blockwise_shift_scale", "constexpr_sparse_to_dense"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    // What is only a part of another one goes with that.
    if (llvm::all_of(op.results(), [](Value &result) { return llvm::all_of(result.uses(), isInChain); }))
      return false;
    llvm::SmallVector<Value *, 2> constants;
    for (const Value &result : op.results()) {
      std::shared_ptr<ElementReader> elements = elementsOf(result);
      if (!elements || elements->dims() != result.type().dims() || elements->dtype() != result.type().dtype())
        return false;
      const Literal *literal =
          streamedConstant(rewriter.context(), result.type(), [elements](int64_t from, llvm::MutableArrayRef<double> out) {
            DiagnosticEngine silent; // the failure is reported when the weights are written
            return elements->read(from, out, silent);
          });
      if (!literal)
        return false;
      constants.push_back(rewriter.constant(literal, result.name().str()));
    }
    return rewriter.replace(op, constants, Rewriter::Compressed::Move);
  }

  static bool isInChain(const Operand &use) { return use.user() && use.user()->isConstexpr(); }
};
} // namespace

MIL_PASS(decompress_weights, DecompressWeights,
         "The pass is named WeightDecompressor in coremltools. A chain of compressed constants becomes one constant.")
