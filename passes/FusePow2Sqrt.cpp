// fuse_pow2_sqrt: the root of a square.
//
//   y = pow(x, 2);   z = sqrt(y)     =>   z = abs(x)
//   y = sqrt(x);     z = pow(y, 2)   =>   z = x,   where x can't be negative
//
// Not when y is read elsewhere or returned. The square of a root is NaN where x is negative, so x must come from an operation that gives
// no negative numbers: abs, relu, exp, exp2, sigmoid, softmax, square, sqrt, a product with itself, a second power, and the reductions of
// squares, of magnitudes or to a length.
//
// Exact but for the roundings, overflow and underflow of the square or the root. Source: coremltools' mil_backend::fuse_pow2_sqrt.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FusePow2Sqrt : PatternPass {
  FusePow2Sqrt() : PatternPass({"sqrt", "pow"}) {}

  static bool isNeverNegative(Value &value) {
    static constexpr llvm::StringRef types[] = {"abs",    "relu", "exp",   "exp2",           "sigmoid",        "softmax",
                                                "square", "sqrt", "relu6", "reduce_l1_norm", "reduce_l2_norm", "reduce_sum_square"};
    Operation *op = value.definingOp();
    Value *x;
    return op && (llvm::is_contained(types, op->type().str()) || matches(*op, m_op("mul", m_value(x), m_same(x))) ||
                  matches(*op, m_op("pow", m_value(x), m_exactly(2))));
  }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    if (matches(op, m_op("pow", m_once("sqrt", m_value(x)), m_exactly(2))))
      return isNeverNegative(*x) && x->type() == op.result()->type() && rewriter.replace(op, x);
    return matches(op, m_op("sqrt", m_once("pow", m_value(x), m_exactly(2)))) && x->type() == op.result()->type() &&
           rewriter.replace(op, rewriter.make("abs", ArgumentSpec("x", x)));
  }
};
} // namespace

MIL_PASS(fuse_pow2_sqrt, FusePow2Sqrt,
         "Replaces the root of a square by the absolute value; coremltools uses x itself. Only removes the square of a "
         "root if its argument can't be negative (the root would be NaN), and leaves no identity.")
