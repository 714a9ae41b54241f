// fuse_gelu_exact: gelu by the error function.
//
//   y = mul(mul(x, 0.5), add(erf(mul(x, 1 / √2)), 1))   =>   y = gelu(x, mode = "EXACT")
//
// Factors in any order; real_div(x, √2) for the inner one, too. Constants may be off by 0.001. Not when anything between is read elsewhere
// or returned.
//
// Within the roundings of the operations that it replaces. Source: coremltools' common::fuse_gelu_exact.
#include "patterns/Gelu.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseGeluExact : PatternPass {
  FuseGeluExact() : PatternPass({"mul"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x = nullptr;
    auto curve = m_once("erf", m_either(m_mul(m_same(x), m_near(0.70710678)), m_once("real_div", m_same(x), m_near(1.41421356))));
    return fuseGelu(op, x, m_add(curve, m_near(1)), "EXACT", rewriter);
  }
};
} // namespace

MIL_PASS(fuse_gelu_exact, FuseGeluExact)
