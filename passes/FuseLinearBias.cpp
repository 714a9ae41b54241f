// fuse_linear_bias: a constant added to the result of a linear, or subtracted from it, or from which it is subtracted, becomes its bias.
//
//   y = linear(x, weight = W, bias = b);  z = add(y, c)   =>   z = linear(x, weight = W, bias = b + c)
//   y = linear(x, weight = W, bias = b);  z = sub(y, c)   =>   z = linear(x, weight = W, bias = b - c)
//   y = linear(x, weight = W, bias = b);  z = sub(c, y)   =>   z = linear(x, weight = -W, bias = c - b)
//
// A linear without bias counts as one with zeros. c has one element or is a vector along the last dimension of y, dimensions of 1 before it
// not counted, and does not give z a higher rank. Not when y is read elsewhere or returned, and not when W, b or c isn't a plain constant.
//
// Reassociates one addition: exact for b = 0, else within one rounding of the element type.
// Source: coremltools' common::fuse_linear_bias.
#include "mil/Pass/Matchers.h"
#include "patterns/LastDimension.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseLinearBias : PatternPass {
  FuseLinearBias() : PatternPass({"add", "sub"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *linear;
    const Literal *constant;
    bool isSub = op.is("sub"), flipped = false;
    if (!matches(op, m_op(op.type(), m_once("linear").as(linear), m_const(constant)))) {
      flipped = true;
      if (!matches(op, m_op(op.type(), m_const(constant), m_once("linear").as(linear))))
        return false;
    }
    const Literal *weight = linear->constant("weight"), *bias = linear->constant("bias");
    if (!weight || !weight->type().hasStaticShape() || (linear->argument("bias") && !bias))
      return false;
    int64_t outputs = weight->type().dim(0);
    if (!isAlongLastDimension(constant->type(), outputs, linear->result()->type()) || op.result()->type() != linear->result()->type())
      return false;

    std::optional<Tensor> c = alongLastDimension(constant, outputs, rewriter),
                          b = bias ? rewriter.tensor(bias) : Tensor(c ? c->dtype() : DType::Float32, outputs);
    if (!c || !b)
      return false;
    Tensor sum = mapPairs(*b, *c, outputs, b->dtype(), [&](auto b, auto c) { return !isSub ? b + c : flipped ? c - b : b - c; });
    ArgumentSpec negated("weight", linear->argument("weight"));
    if (isSub && flipped) {
      std::optional<Tensor> w = rewriter.tensor(weight);
      if (!w)
        return false;
      negated = ArgumentSpec("weight", rewriter.literal(map(*w, [](auto w) { return -w; })));
    }
    return rewriter.replace(op, rewriter.makeLike(*linear, {negated, ArgumentSpec("bias", rewriter.literal(sum))}));
  }
};
} // namespace

MIL_PASS(fuse_linear_bias, FuseLinearBias)
