// fuse_matmul_weight_bias: a product with a constant matrix, and a constant added to it, are a linear.
//
//   y = matmul(x, y = W);  z = add(y, c)   =>   z = linear(x, weight = transpose(W), bias = c)
//   y = matmul(x, y = W);  z = sub(y, c)   =>   z = linear(x, weight = transpose(W), bias = -c)
//   y = matmul(x, y = W);  z = sub(c, y)   =>   z = linear(x, weight = -transpose(W), bias = c)
//
// With transpose_y, W is the weight as it is. W is a plain constant of rank 2, read by nothing else unless it stays as it is; x has two or
// more dimensions and is not transposed; c has one element or is a vector along the last dimension. Not where y is read elsewhere or
// returned. const_elimination folds the transpose.
//
// A product with W on the left is left alone: it would take two transposes at run time, and c would be added along the other dimension.
//
// Exact, where linear adds its bias after rounding; else within a rounding of the element type.
// Source: coremltools' common::fuse_matmul_weight_bias.
#include "mil/IR/ConstantQueries.h"
#include "mil/Pass/Matchers.h"
#include "patterns/LastDimension.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseMatmulWeightBias : PatternPass {
  FuseMatmulWeightBias() : PatternPass({"add", "sub"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *matmul;
    Value *x;
    const Literal *weight, *constant;
    auto product = m_once("matmul", m_value(x), m_const(weight)).as(matmul);
    bool isSub = op.is("sub"), flipped = false;
    if (!matches(op, m_op(op.type(), product, m_const(constant)))) {
      flipped = true;
      if (!matches(op, m_op(op.type(), m_const(constant), product)))
        return false;
    }
    bool negates = isSub && flipped, transposed = isTrue(*matmul, "transpose_y");
    Value *shared = matmul->input("y");
    if (weight->type().rank() != 2 || !weight->type().hasStaticShape() || isTrue(*matmul, "transpose_x") || !x->type().hasRank() ||
        x->type().rank() < 2 || op.result()->type() != matmul->result()->type() || (!transposed && shared && !shared->hasOneUse()))
      return false;
    int64_t outputs = weight->type().dim(transposed ? 0 : 1);
    if (!isAlongLastDimension(constant->type(), outputs, matmul->result()->type()))
      return false;

    std::optional<Tensor> bias = alongLastDimension(constant, outputs, rewriter);
    if (bias && isSub && !flipped)
      bias = map(*bias, [](auto c) { return -c; });
    const Literal *negative = nullptr;
    if (negates) {
      std::optional<Tensor> values = rewriter.tensor(weight);
      negative = values ? rewriter.literal(map(*values, [](auto w) { return -w; })) : nullptr;
    }
    auto matrix = [&](llvm::StringRef name) { return negates ? ArgumentSpec(name, negative) : ArgumentSpec(name, matmul->argument("y")); };
    ArgumentSpec weights =
        transposed ? matrix("weight") : ArgumentSpec("weight", rewriter.make("transpose", {matrix("x"), {"perm", rewriter.ints({1, 0})}}));
    return bias && rewriter.replace(op, rewriter.make("linear", {{"x", x}, weights, {"bias", rewriter.literal(*bias)}}));
  }
};
} // namespace

MIL_PASS(fuse_matmul_weight_bias, FuseMatmulWeightBias,
         "Negates the weight if the product is subtracted from the constant; coremltools doesn't. Does not change a "
         "product with the constant matrix on the left, for which coremltools adds the constant along the wrong "
         "dimension.")
