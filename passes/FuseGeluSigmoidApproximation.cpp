// fuse_gelu_sigmoid_approximation: gelu by a sigmoid.
//
//   y = mul(x, sigmoid(mul(x, 1.702)))   =>   y = gelu(x, mode = "SIGMOID_APPROXIMATION")
//
// Factors in any order. The constant may be off by 0.01. Not when anything between is read elsewhere or returned.
//
// Within the roundings of the operations that it replaces. Source: coremltools' common::fuse_gelu_sigmoid_approximation.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseGeluSigmoidApproximation : PatternPass {
  FuseGeluSigmoidApproximation() : PatternPass({"mul"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    if (!matches(op, m_op("mul", m_value(x), m_once("sigmoid", m_mul(m_same(x), m_near(1.702, 0.01)))).commutative()) ||
        x->type() != op.result()->type())
      return false;
    return rewriter.replace(op, rewriter.make("gelu", {{"x", x}, {"mode", rewriter.string("SIGMOID_APPROXIMATION")}}));
  }
};
} // namespace

MIL_PASS(fuse_gelu_sigmoid_approximation, FuseGeluSigmoidApproximation)
