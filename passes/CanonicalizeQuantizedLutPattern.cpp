// canonicalize_quantized_lut_pattern: tables of values that are scaled, in the order that devices support.
//
//   t = constexpr_lut_to_dense(indices = i, lut = L);  y = constexpr_blockwise_shift_scale(data = t, scale = s, offset = o)
//     =>   u = constexpr_blockwise_shift_scale(data = L, scale = s, offset = o);  y = constexpr_lut_to_dense(indices = i, lut = u)
//          before iOS26; from there on the other way round
//
// The first: s and o get two dimensions of 1 for those of a table more; where s has more blocks along a dimension than there are tables,
// tables are repeated, if L is a plain constant. The second: s must have one block along the last two dimensions. Not where the result of
// the first operation is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::canonicalize_quantized_lut_pattern.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"

using namespace mil;
using namespace mil::match;

namespace {
struct CanonicalizeQuantizedLutPattern : PatternPass {
  CanonicalizeQuantizedLutPattern() : PatternPass({"constexpr_blockwise_shift_scale", "constexpr_lut_to_dense"}) {}

  bool startFunction(Function &function) override { return function.opset() >= Opset::IOS18; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    bool scalesTables = rewriter.opset() < Opset::IOS26;
    Operation *first;
    if (scalesTables)
      return matches(op, m_op("constexpr_blockwise_shift_scale", m_arg("data", m_once("constexpr_lut_to_dense").as(first)))) &&
             scaleTables(op, *first, rewriter);
    return matches(op, m_op("constexpr_lut_to_dense", m_arg("lut", m_once("constexpr_blockwise_shift_scale").as(first)))) &&
           scaleResult(op, *first, rewriter);
  }

  bool scaleTables(Operation &scale, Operation &look, Rewriter &rewriter) {
    Operand *lut = look.operand("lut"), *indices = look.operand("indices");
    const Literal *factors = scale.constant("scale");
    if (!lut || !indices || !factors || !lut->type().hasStaticShape() || !indices->type().hasStaticShape() ||
        lut->type().rank() != indices->type().rank() + 2 || factors->type().rank() != indices->type().rank())
      return false;
    ArgumentSpec tables = ArgumentSpec("data", lut);
    if (!repeated(*lut, indices->type().dims(), factors->type().dims(), rewriter, tables))
      return false;
    Value *scaled = rewriter.make("constexpr_blockwise_shift_scale",
                                  {tables, reshaped(scale, "scale", +2, rewriter), reshaped(scale, "offset", +2, rewriter)});
    return rewriter.replace(scale, rewriter.makeLike(look, ArgumentSpec("lut", scaled)), Rewriter::Compressed::Move);
  }

  bool scaleResult(Operation &look, Operation &scale, Rewriter &rewriter) {
    const Literal *factors = scale.constant("scale");
    if (!factors || factors->type().rank() < 2 || factors->type().dim(-1) != 1 || factors->type().dim(-2) != 1)
      return false;
    Value *dense = rewriter.makeLike(look, ArgumentSpec("lut", scale.argument("data")));
    Value *scaled = rewriter.make("constexpr_blockwise_shift_scale",
                                  {{"data", dense}, reshaped(scale, "scale", -2, rewriter), reshaped(scale, "offset", -2, rewriter)});
    return rewriter.replace(look, scaled, Rewriter::Compressed::Move);
  }

  /// The tables, as `data`, each repeated so often along a dimension that there is one for every block of scales; false when that can't be.
  static bool repeated(const Operand &lut, llvm::ArrayRef<int64_t> indices, llvm::ArrayRef<int64_t> blocks, Rewriter &rewriter,
                       ArgumentSpec &data) {
    llvm::ArrayRef<int64_t> groups = lut.type().dims();
    bool finer = false;
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (blocks[i] < 1 || groups[i] < 1 || indices[i] % blocks[i] != 0 || (groups[i] % blocks[i] != 0 && blocks[i] % groups[i] != 0))
        return false;
      finer |= blocks[i] > groups[i];
    }
    if (!finer)
      return true;
    std::optional<Tensor> tables = rewriter.tensor(&lut);
    if (!tables)
      return false;
    for (size_t axis = 0; axis < blocks.size(); ++axis) {
      llvm::SmallVector<int64_t, 16> from;
      for (int64_t i = 0; i < blocks[axis] && blocks[axis] > tables->dim(int(axis)); ++i)
        from.push_back(i * tables->dim(int(axis)) / blocks[axis]);
      if (!from.empty())
        tables = take(*tables, axis, from);
    }
    data = ArgumentSpec("data", rewriter.literal(*tables));
    return true;
  }

  /// A scale or offset, if there is one, with dimensions of 1 more or less at its end.
  static ArgumentSpec reshaped(const Operation &scale, llvm::StringRef name, int64_t more, Rewriter &rewriter) {
    const Literal *parameter = scale.constant(name);
    if (!parameter)
      return scale.argument(name) ? ArgumentSpec(name, parameter) : ArgumentSpec::none(name);
    llvm::SmallVector<int64_t, 8> dims(parameter->type().dims());
    dims.resize(size_t(int64_t(dims.size()) + more), 1);
    return ArgumentSpec(name, parameter->withType(rewriter.context(), parameter->type().withDims(rewriter.context(), dims)));
  }
};
} // namespace

MIL_PASS(canonicalize_quantized_lut_pattern, CanonicalizeQuantizedLutPattern)
