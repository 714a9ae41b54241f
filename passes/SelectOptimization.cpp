// select_optimization: a constant condition that is the same everywhere.
//
//   y = select(cond = true, a, b)    =>   y = identity(a)
//   y = select(cond = false, a, b)   =>   y = identity(b)
//
// Where the one that is kept has the type of y. Not when both are constant, which folds.
//
// Exact.
// Source: coremltools' common::select_optimization, which also adds infinities instead of choosing them.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct SelectOptimization : PatternPass {
  SelectOptimization() : PatternPass({"select"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    const Literal *cond = op.constant("cond");
    if (!cond || (op.constant("a") && op.constant("b")))
      return false;
    std::optional<double> flag = splat(*cond, rewriter.diags());
    Value *kept = flag ? op.input(*flag != 0 ? "a" : "b") : nullptr;
    return kept && kept->type() == op.result()->type() && rewriter.replace(op, rewriter.make("identity", ArgumentSpec("x", kept)));
  }
};
} // namespace

MIL_PASS(select_optimization, SelectOptimization,
         "Does not replace the selection of a constant infinity by an addition, because NaN or the opposite infinity in "
         "a masked element would change the result.")
