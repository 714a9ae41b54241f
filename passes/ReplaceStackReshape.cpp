// replace_stack_reshape: two tensors stacked along a new dimension that a reshape merges with the one before or after it.
//
//   s = stack((a, b), axis = n);  y = reshape(s) with dimension n doubled       =>   y = concat((a, b), axis = n)
//   s = stack((a, b), axis = n);  y = reshape(s) with dimension n - 1 doubled   =>   y = concat((a, b), axis = n - 1, interleave = true)
//
// All other sizes are those of a. Not when s is read elsewhere or returned, or a size isn't known.
//
// Exact.
// Source: coremltools' common::replace_stack_reshape.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct ReplaceStackReshape : PatternPass {
  ReplaceStackReshape() : PatternPass({"reshape"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *stack;
    double number;
    if (!matches(op, m_op("reshape", m_once("stack", m_arg("axis", m_scalar(number))).as(stack))))
      return false;
    const Argument *values = stack->argument("values");
    Type result = op.result()->type();
    if (!values || values->bindings().size() != 2 || !result.hasStaticShape())
      return false;
    Type part = values->bindings().front().type();
    if (!part.hasStaticShape() || part.rank() != result.rank())
      return false;
    int64_t axis = int64_t(number) < 0 ? int64_t(number) + int64_t(part.rank()) + 1 : int64_t(number), doubled = -1;
    for (int64_t i = 0; i < int64_t(part.rank()); ++i) {
      if (result.dim(int(i)) == part.dim(int(i)))
        continue;
      if (doubled >= 0 || result.dim(int(i)) != 2 * part.dim(int(i)))
        return false;
      doubled = i;
    }
    if (doubled < 0 || (doubled != axis && doubled != axis - 1))
      return false;
    return rewriter.replace(
        op,
        rewriter.make("concat", {{"values", values}, {"axis", rewriter.i32(doubled)}, {"interleave", rewriter.flag(doubled == axis - 1)}}));
  }
};
} // namespace

MIL_PASS(replace_stack_reshape, ReplaceStackReshape)
