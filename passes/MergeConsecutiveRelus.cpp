// merge_consecutive_relus: relu of relu is relu.
//
//   y = relu(x);  z = relu(y)   =>   z = relu(x)
//
// Not when y is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::merge_consecutive_relus.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct MergeConsecutiveRelus : PatternPass {
  MergeConsecutiveRelus() : PatternPass({"relu"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    return matches(op, m_op("relu", m_once("relu", m_value(x)))) && rewriter.replace(op, rewriter.makeLike(op, ArgumentSpec("x", x)));
  }
};
} // namespace

MIL_PASS(merge_consecutive_relus, MergeConsecutiveRelus)
