// decompose_const_base2_pow: powers of two by the exponential function, which devices have.
//
//   z = pow(2, y)   =>   e = mul(y, ln 2);  z = exp(e)
//
// All elements of the constant base are 2, and it doesn't broadcast y to another shape. y is a float.
//
// The product is rounded before the exponential magnifies it: the result is off by up to |y| · ln 2 units in the last place, half of that
// for the rounding of ln 2.
// Source: coremltools' mil_backend::decompose_const_base2_pow.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/Support/MathExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct DecomposeConstBase2Pow : PatternPass {
  DecomposeConstBase2Pow() : PatternPass({"pow"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *exponent;
    if (!matches(op, m_op("pow", m_const(), m_all(m_notConst(), m_value(exponent)))) || exponent->type() != op.result()->type() ||
        !isFloat(exponent->type().dtype()) || splat(*op.operand("x"), rewriter.diags()) != 2.0)
      return false;
    Value *product = rewriter.make("mul", {{"x", exponent}, {"y", rewriter.number(exponent->type().dtype(), llvm::numbers::ln2)}});
    return rewriter.replace(op, rewriter.make("exp", ArgumentSpec("x", product)));
  }
};
} // namespace

MIL_PASS(decompose_const_base2_pow, DecomposeConstBase2Pow)
