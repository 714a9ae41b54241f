// merge_affine_dequantize_with_consecutive_ops: what is done to the shape of a compressed constant is done to its integers.
//
//   w = constexpr_affine_dequantize()[quantized_data = q, axis = a, …];  y = transpose(x = w, perm = p)
//     =>   y = constexpr_affine_dequantize()[quantized_data = transpose(q), axis = where p puts a, …]
//
// With one scale and zero point for all also reshape, expand_dims and squeeze; one after the other until the chain ends. Not where w is
// read elsewhere or returned, where another operation of the function has the same integers (which would be stored twice), or where the
// result's shape isn't known. The integers are transposed when they are written, not in memory.
//
// Exact.
// Source: coremltools' common::merge_affine_dequantize_with_consecutive_ops.
#include "mil/IR/Walk.h"
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct MergeAffineDequantizeWithConsecutiveOps : PatternPass {
  MergeAffineDequantizeWithConsecutiveOps() : PatternPass({"transpose", "reshape", "expand_dims", "squeeze"}) {}

  bool startFunction(Function &) override { return uses.clear(), true; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *dequantize;
    if (!matches(op, "x", m_once("constexpr_affine_dequantize").as(dequantize)))
      return false;
    const Literal *data = parameter(*dequantize, "quantized_data"), *scale = parameter(*dequantize, "scale"),
                  *zeroPoint = parameter(*dequantize, "zero_point");
    Type result = op.result()->type();
    if (!data || !scale || !zeroPoint || isShared(*data, rewriter.function()) || !data->type().hasStaticShape() || !result.hasStaticShape())
      return false;
    bool single = scale->type().rank() == 0 && zeroPoint->type().rank() == 0;
    ArgumentSpec axis = ArgumentSpec::none("unused");
    const Literal *moved = nullptr;
    if (op.is("transpose")) {
      std::optional<llvm::SmallVector<int64_t, 8>> perm = permutation(op, int64_t(data->type().rank()));
      if (!perm || (!single && !moveAxis(*dequantize, *perm, rewriter, axis)))
        return false;
      moved = permutedConstant(rewriter.context(), *data, *perm);
    } else if (single) {
      moved = data->withType(rewriter.context(), data->type().withDims(rewriter.context(), result.dims()));
    }
    if (single)
      axis = ArgumentSpec("axis", rewriter.i32(0));
    return rewriter.replace(op, rewriter.makeLike(*dequantize, {ArgumentSpec("quantized_data", moved), axis}), Rewriter::Compressed::Move);
  }

  /// How many operations of the function hold each blob.
  llvm::DenseMap<const Blob *, unsigned> uses;

  bool isShared(const Literal &data, Function &function) {
    if (!data.isBlob())
      return false;
    if (uses.empty())
      forEachLiteral(function.body(), [&](const Literal &literal, const LiteralPlace &) {
        if (literal.isBlob())
          ++uses[literal.blob()];
      });
    return uses.lookup(data.blob()) > 1;
  }

  static const Literal *parameter(const Operation &op, llvm::StringRef name) {
    const Literal *attribute = op.attribute(name);
    return attribute ? attribute : op.constant(name);
  }

  static std::optional<llvm::SmallVector<int64_t, 8>> permutation(const Operation &transpose, int64_t rank) {
    const Literal *literal = transpose.constant("perm");
    std::optional<llvm::SmallVector<int64_t, 8>> perm = literal ? literal->asInts() : std::nullopt;
    if (!perm || int64_t(perm->size()) != rank)
      return std::nullopt;
    for (int64_t &from : *perm)
      from = from < 0 ? from + rank : from;
    return perm;
  }

  /// The place of the axis after a transpose.
  static bool moveAxis(const Operation &dequantize, llvm::ArrayRef<int64_t> perm, Rewriter &rewriter, ArgumentSpec &axis) {
    const Literal *literal = parameter(dequantize, "axis");
    std::optional<int64_t> before = literal ? literal->asInt() : std::nullopt;
    if (!before)
      return false;
    auto found = llvm::find(perm, *before < 0 ? *before + int64_t(perm.size()) : *before);
    axis = ArgumentSpec("axis", rewriter.i32(found - perm.begin()));
    return found != perm.end();
  }
};
} // namespace

MIL_PASS(merge_affine_dequantize_with_consecutive_ops, MergeAffineDequantizeWithConsecutiveOps)
