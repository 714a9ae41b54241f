// The common part of the fusions of gelu: x · 0.5 · (1 + f(x)), with the three factors in any order.
#pragma once

#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

namespace mil {

/// Replaces `op` by gelu if it is x · 0.5 · `grown`, where `grown` is a matcher that refers to `x` (m_same), which this function binds.
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
