// fuse_gelu_tanh_approximation: gelu by tanh.
//
//   y = mul(mul(x, 0.5), add(tanh(mul(add(x, mul(pow(x, 3), 0.044715)), √(2 / π))), 1))   =>   y = gelu(x, mode = "TANH_APPROXIMATION")
//
// Factors and terms in any order. Constants may be off by 0.001. Not when anything between is read elsewhere or returned.
//
// Within the roundings of the operations that it replaces. Source: coremltools' common::fuse_gelu_tanh_approximation.
#include "patterns/Gelu.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseGeluTanhApproximation : PatternPass {
  FuseGeluTanhApproximation() : PatternPass({"mul"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x = nullptr;
    auto cubic = m_add(m_same(x), m_mul(m_once("pow", m_same(x), m_exactly(3)), m_near(0.044715)));
    auto curve = m_once("tanh", m_mul(cubic, m_near(0.79788456)));
    return fuseGelu(op, x, m_add(curve, m_near(1)), "TANH_APPROXIMATION", rewriter);
  }
};
} // namespace

MIL_PASS(fuse_gelu_tanh_approximation, FuseGeluTanhApproximation)
