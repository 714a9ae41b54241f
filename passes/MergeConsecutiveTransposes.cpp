// merge_consecutive_transposes: two transposes in a row are one.
//
//   y = transpose(x, perm = p);  z = transpose(y, perm = q)   =>   z = transpose(x, perm[i] = p[q[i]])
//
// Not when y is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::merge_consecutive_transposes.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct MergeConsecutiveTransposes : PatternPass {
  MergeConsecutiveTransposes() : PatternPass({"transpose"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    const Literal *first, *second;
    if (!matches(op, m_op("transpose", m_once("transpose", m_value(x), m_arg("perm", m_const(first))), m_arg("perm", m_const(second)))))
      return false;
    std::optional<llvm::SmallVector<int64_t, 8>> p = first->asInts(), q = second->asInts();
    if (!p || !q || p->size() != q->size())
      return false;
    int64_t rank = int64_t(p->size());
    llvm::SmallVector<int64_t, 8> perm;
    for (int64_t axis : *q) {
      int64_t from = (*p)[size_t(axis < 0 ? axis + rank : axis)];
      perm.push_back(from < 0 ? from + rank : from);
    }
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("x", x), ArgumentSpec("perm", rewriter.ints(perm))}));
  }
};
} // namespace

MIL_PASS(merge_consecutive_transposes, MergeConsecutiveTransposes,
         "Writes permutations as non-negative numbers; coremltools writes negative ones.")
