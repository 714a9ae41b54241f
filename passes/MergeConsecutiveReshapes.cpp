// merge_consecutive_reshapes: of reshapes in a row, the last one decides.
//
//   y = reshape(x, shape = s);  z = reshape(y, shape = t)   =>   z = reshape(x, shape = t)
//
// Not when y is read elsewhere or returned. A -1 in t, or a 0, which takes the size of a dimension, is replaced by the size that z has: in
// t they would be about y. Not where that isn't known; but t may have one -1 if it has no 0.
//
// Exact.
// Source: coremltools' common::merge_consecutive_reshapes, which keeps -1 and 0.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct MergeConsecutiveReshapes : PatternPass {
  MergeConsecutiveReshapes() : PatternPass({"reshape"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    const Literal *shape;
    if (!matches(op, m_op("reshape", m_once("reshape", m_value(x)), m_arg("shape", m_const(shape)))))
      return false;
    std::optional<llvm::SmallVector<int64_t, 8>> sizes = shape->asInts();
    if (!sizes)
      return false;
    Type result = op.result()->type();
    bool isKnown = result.hasStaticShape() && result.rank() == sizes->size();
    if (!isKnown && (llvm::is_contained(*sizes, 0) || llvm::count(*sizes, -1) > 1))
      return false;
    ArgumentSpec target = isKnown && llvm::any_of(*sizes, [](int64_t size) { return size <= 0; })
                              ? ArgumentSpec("shape", rewriter.ints(result.dims()))
                              : ArgumentSpec("shape", op.argument("shape"));
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("x", x), target}));
  }
};
} // namespace

MIL_PASS(merge_consecutive_reshapes, MergeConsecutiveReshapes,
         "Replaces -1 and 0 by actual sizes, because they refer to the shape before the merged reshapes.")
