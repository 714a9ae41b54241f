// fuse_pow2_sqrt: the root of a square.
//
//   y = pow(x, 2);  z = sqrt(y)   =>   z = abs(x)
//
// Not when y is read elsewhere or returned. The square of a root stays, as it is NaN where x is negative.
//
// Exact but for the roundings, overflow and underflow of the square. Source: coremltools' mil_backend::fuse_pow2_sqrt.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FusePow2Sqrt : PatternPass {
  FusePow2Sqrt() : PatternPass({"sqrt"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    return matches(op, m_op("sqrt", m_once("pow", m_value(x), m_exactly(2)))) && x->type() == op.result()->type() &&
           rewriter.replace(op, rewriter.make("abs", In("x", x)));
  }
};
} // namespace

MIL_PASS(fuse_pow2_sqrt, FusePow2Sqrt)
