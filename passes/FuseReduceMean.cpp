// fuse_reduce_mean: a sum divided by how many were added.
//
//   s = reduce_sum(x, axes = a);  y = mul(s, 1 / n)   =>   y = reduce_mean(x, axes = a)
//   s = reduce_sum(x, axes = a);  y = real_div(s, n)  =>   y = reduce_mean(x, axes = a)
//
// n is the number of elements along the axes, to the precision of the element type; floats only. Not when those sizes are unknown, or s is
// read elsewhere or returned.
//
// Within a rounding of the element type. Source: coremltools' common::fuse_reduce_mean.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "patterns/Reductions.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseReduceMean : PatternPass {
  FuseReduceMean() : PatternPass({"mul", "real_div"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *sum;
    Value *x;
    double factor;
    auto reduced = m_once("reduce_sum", m_value(x)).as(sum);
    bool found = op.is("mul") ? matches(op, m_op("mul", reduced, m_scalar(factor)).commutative())
                              : matches(op, m_op("real_div", reduced, m_scalar(factor)));
    if (!found || op.result()->type() != sum->result()->type() || !isFloat(x->type().dtype()))
      return false;
    if (!isNearly(factor, op.is("mul") ? 1 / reducedCount(*sum) : reducedCount(*sum), x->type().dtype()))
      return false;
    return rewriter.replace(
        op, rewriter.make("reduce_mean", {{"x", x}, {"axes", sum->argument("axes")}, {"keep_dims", sum->argument("keep_dims")}}));
  }
};
} // namespace

MIL_PASS(fuse_reduce_mean, FuseReduceMean,
         "Compares the factor with the count relatively, in the precision of the element type, so that a wrong factor "
         "isn't accepted for a large count.")
