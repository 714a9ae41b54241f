// fuse_gelu_exact: gelu by the error function.
//
//   y = mul(mul(x, 0.5), add(erf(mul(x, 1 / √2)), 1))   =>   y = gelu(x, mode = "EXACT")
//
// Factors in any order; real_div(x, √2) for the inner one, too. Constants may be off by 0.001. Not when anything between is read elsewhere
// or returned.
//
// Within the roundings of the operations that it replaces. Source: coremltools' common::fuse_gelu_exact.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseGeluExact : PatternPass {
  FuseGeluExact() : PatternPass({"mul"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x = nullptr;
    auto curve = m_once("erf", m_either(m_mul(m_same(x), m_near(0.70710678)), m_once("real_div", m_same(x), m_near(1.41421356))));
    auto grown = m_add(curve, m_near(1));
    bool found = matches(op, m_op("mul", m_mul(m_value(x), m_near(0.5)), grown).commutative()) ||
                 matches(op, m_op("mul", m_near(0.5), m_mul(m_value(x), grown)).commutative()) ||
                 matches(op, m_op("mul", m_value(x), m_mul(grown, m_near(0.5))).commutative());
    if (!found || x->type() != op.result()->type())
      return false;
    return rewriter.replace(op, rewriter.make("gelu", {{"x", x}, {"mode", rewriter.string("EXACT")}}));
  }
};
} // namespace

MIL_PASS(fuse_gelu_exact, FuseGeluExact)
