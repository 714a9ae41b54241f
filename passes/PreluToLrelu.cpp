// prelu_to_lrelu: a slope for each channel, of one value, is one slope.
//
//   y = prelu(x, alpha = [a, a, …])   =>   y = leaky_relu(x, alpha = a)
//
// All elements of alpha are the same, bit for bit.
//
// Exact.
// Source: coremltools' common::prelu_to_lrelu.
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct PreluToLrelu : PatternPass {
  PreluToLrelu() : PatternPass({"prelu"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    const Operand *slopes = op.operand("alpha");
    std::optional<double> slope = slopes ? splat(*slopes, rewriter.diags()) : std::nullopt;
    if (!slope)
      return false;
    return rewriter.replace(
        op, rewriter.make("leaky_relu", {{"x", op.operand("x")}, {"alpha", rewriter.number(slopes->type().dtype(), *slope)}}));
  }
};
} // namespace

MIL_PASS(prelu_to_lrelu, PreluToLrelu)
