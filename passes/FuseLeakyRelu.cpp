// fuse_leaky_relu: the larger one of x and a part of it.
//
//   y = mul(x, a);  z = maximum(x, y)   =>   z = leaky_relu(x, alpha = a)
//
// In any order; a is a constant of one element in [0, 1]. Not when y is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::fuse_leaky_relu.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseLeakyRelu : PatternPass {
  FuseLeakyRelu() : PatternPass({"maximum"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    double alpha;
    if (!matches(op, m_op("maximum", m_value(x), m_mul(m_same(x), m_scalar(alpha))).commutative()) || !(alpha >= 0 && alpha <= 1) ||
        x->type() != op.result()->type())
      return false;
    return rewriter.replace(op, rewriter.make("leaky_relu", {{"x", x}, {"alpha", rewriter.number(x->type().dtype(), alpha)}}));
  }
};
} // namespace

MIL_PASS(fuse_leaky_relu, FuseLeakyRelu)
