// divide_to_multiply: multiplication is faster than division.
//
//   y = real_div(x, c)   =>   y = mul(x, 1 / c)
//
// For floats and a constant c whose inverses are all finite; not for results of constexpr_* operations.
//
// Within a rounding of the element type. Source: coremltools' common::divide_to_multiply.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"

using namespace mil;
using namespace mil::match;

namespace {
struct DivideToMultiply : PatternPass {
  DivideToMultiply() : PatternPass({"real_div"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    const Literal *divisor;
    if (!matches(op, m_op("real_div", m_value(x), m_const(divisor))) || !isFloat(divisor->type().dtype()))
      return false;
    std::optional<Tensor> tensor = rewriter.tensor(divisor);
    if (!tensor)
      return false;
    Tensor inverse = map(*tensor, [](auto value) { return 1 / value; });
    for (int64_t i = 0; i < inverse.count(); ++i)
      if (!std::isfinite(inverse.number(i)))
        return false;
    return rewriter.replace(op, rewriter.make("mul", {{"x", x}, {"y", rewriter.literal(inverse)}}));
  }
};
} // namespace

MIL_PASS(divide_to_multiply, DivideToMultiply)
