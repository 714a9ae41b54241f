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
#include <cmath>

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
    double wanted = op.is("mul") ? 1 / reducedCount(*sum, x->type()) : reducedCount(*sum, x->type());
    double precision = x->type().dtype() == DType::Float16 ? 0x1p-10 : 0x1p-22;
    if (!(std::abs(factor - wanted) <= precision * std::abs(wanted)))
      return false;
    return rewriter.replace(
        op, rewriter.make("reduce_mean", {{"x", x}, {"axes", sum->argument("axes")}, {"keep_dims", sum->argument("keep_dims")}}));
  }

  /// How many elements make one; NaN when unknown.
  static double reducedCount(Operation &sum, Type type) {
    const Literal *literal = sum.constant("axes");
    std::optional<llvm::SmallVector<int64_t, 8>> axes = literal ? literal->asInts() : std::nullopt;
    double count = 1;
    if (!axes || axes->empty() || !type.hasRank())
      return NAN;
    for (int64_t axis : *axes) {
      int64_t dim = type.dim(int(axis));
      count *= dim > 0 ? double(dim) : NAN;
    }
    return count;
  }
};
} // namespace

MIL_PASS(fuse_reduce_mean, FuseReduceMean)
