// merge_consecutive_paddings: two pads in a row are one.
//
//   y = pad(x, pad = p, mode = m, constant_val = c);  z = pad(y, pad = q, mode = m, constant_val = c)   =>   z = pad(x, pad = p + q, …)
//
// p and q are for the last dimensions. In the mode "constant" both have the same c, bit for bit; in the others no dimension may be padded
// by both, as the second would see what the first has added. Not when y is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::merge_consecutive_paddings.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include <cmath>

using namespace mil;
using namespace mil::match;

namespace {
struct MergeConsecutivePaddings : PatternPass {
  MergeConsecutivePaddings() : PatternPass({"pad"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *inner;
    Value *x;
    const Literal *first, *second;
    if (!matches(op, m_op("pad", m_once("pad", m_value(x), m_arg("pad", m_const(first))).as(inner), m_arg("pad", m_const(second)))))
      return false;
    std::optional<llvm::SmallVector<int64_t, 8>> p = first->asInts(), q = second->asInts();
    const Literal *mode = op.constant("mode"), *innerMode = inner->constant("mode");
    if (!p || !q || !mode || !innerMode || mode->asString() != innerMode->asString())
      return false;
    bool isConstant = mode->asString() == "constant";
    if (isConstant && !haveSameValue(op, *inner))
      return false;

    if (p->size() < q->size())
      std::swap(p, q);
    llvm::SmallVector<int64_t, 8> sum = *p;
    size_t offset = p->size() - q->size();
    for (size_t i = 0; i < q->size(); i += 2) {
      bool both = ((*q)[i] || (*q)[i + 1]) && (sum[offset + i] || sum[offset + i + 1]);
      if (both && !isConstant)
        return false;
      sum[offset + i] += (*q)[i], sum[offset + i + 1] += (*q)[i + 1];
    }
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("x", x), ArgumentSpec("pad", rewriter.ints(sum))}));
  }

  static bool haveSameValue(Operation &op, Operation &inner) {
    auto valueOf = [](Operation &pad) -> std::optional<double> {
      if (!pad.argument("constant_val"))
        return 0;
      const Literal *literal = pad.constant("constant_val");
      return literal ? literal->asDouble() : std::nullopt;
    };
    std::optional<double> a = valueOf(op), b = valueOf(inner);
    return a && b && *a == *b && std::signbit(*a) == std::signbit(*b);
  }
};
} // namespace

MIL_PASS(merge_consecutive_paddings, MergeConsecutivePaddings)
