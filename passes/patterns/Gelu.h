// What the fusions of gelu have in common: half of x, times a curve of x that is raised by 1, the three factors in any order.
#pragma once

#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

namespace mil {

/// Makes gelu of `op` when it is x · 0.5 · `grown`, a matcher that refers to `x` (m_same), which is bound here.
template <typename Grown> bool fuseGelu(Operation &op, Value *&x, const Grown &grown, llvm::StringRef mode, Rewriter &rewriter) {
  using namespace match;
  bool found = matches(op, m_op("mul", m_mul(m_value(x), m_near(0.5)), grown).commutative()) ||
               matches(op, m_op("mul", m_near(0.5), m_mul(m_value(x), grown)).commutative()) ||
               matches(op, m_op("mul", m_value(x), m_mul(grown, m_near(0.5))).commutative());
  if (!found || x->type() != op.result()->type())
    return false;
  return rewriter.replace(op, rewriter.make("gelu", {{"x", x}, {"mode", rewriter.string(mode)}}));
}

} // namespace mil
