// fuse_activation_silu: x times its sigmoid.
//
//   s = sigmoid(x);  y = mul(x, s)   =>   y = silu(x)
//
// In either order. Not when s is read elsewhere or returned.
//
// Within a rounding of the element type. Source: coremltools' mil_backend::fuse_activation_silu.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseActivationSilu : PatternPass {
  FuseActivationSilu() : PatternPass({"mul"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    return matches(op, m_op("mul", m_value(x), m_once("sigmoid", m_same(x))).commutative()) &&
           rewriter.replace(op, rewriter.make("silu", ArgumentSpec("x", x)));
  }
};
} // namespace

MIL_PASS(fuse_activation_silu, FuseActivationSilu)
