// fuse_prelu: a relu of x and a scaled one of -x are a leaky relu with a slope for each channel.
//
//   y = add(relu(x), mul(relu(mul(x, -1)), c))                              =>   y = prelu(x, alpha = -c)
//   t = transpose(x, [0, 2, 3, 1]);  y = add(relu(t), mul(relu(mul(t, -1)), c))
//     =>   p = prelu(x, alpha = -c);  y = transpose(p, [0, 2, 3, 1])
//
// In any order, for x of rank 4. c is a finite constant with an element for each channel, of shape [C, 1, 1] or [1, C, 1, 1], in the second
// form [C], [1, C], …; or it has one element in all. Not when anything between is read elsewhere or returned.
//
// Exact, but for the sign of zeros.
// Source: coremltools' common::fuse_prelu.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"
#include "patterns/ChannelVectors.h"
#include "patterns/ConstantArguments.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FusePrelu : PatternPass {
  FusePrelu() : PatternPass({"add"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    const Literal *scale;
    auto positive = m_once("relu", m_value(x));
    auto negative = m_once("relu", m_mul(m_same(x), m_exactly(-1)));
    if (!matches(op, m_op("add", positive, m_mul(negative, m_const(scale))).commutative()) || x->type() != op.result()->type() ||
        x->type().rank() != 4)
      return false;
    if (isChannelVector(scale->type(), x->type(), 1))
      return rewriter.replace(op, rewriter.make("prelu", {{"x", x}, {"alpha", slopes(*scale, x->type().dim(1), rewriter)}}));

    Operation *transpose = channelsLast(x);
    if (!transpose || !isChannelVector(scale->type(), x->type(), 3))
      return false;
    Value *y = rewriter.make("prelu", {{"x", transpose->input("x")}, {"alpha", slopes(*scale, x->type().dim(3), rewriter)}});
    return rewriter.replace(op, rewriter.makeLike(*transpose, ArgumentSpec("x", y)));
  }

  /// The transpose to [N, H, W, C] that makes x, when nothing but the pattern reads it.
  static Operation *channelsLast(Value *x) {
    Operation *transpose = x->definingOp();
    if (!transpose || !transpose->is("transpose") || x->isBlockOutput() || !hasTwoUses(*x))
      return nullptr;
    std::optional<Integers> perm = axesOf(*transpose, "perm", 4);
    return perm && llvm::ArrayRef(*perm) == llvm::ArrayRef<int64_t>{0, 2, 3, 1} ? transpose : nullptr;
  }
  static bool hasTwoUses(const Value &value) {
    Operand *second = value.firstUse() ? value.firstUse()->nextUse() : nullptr;
    return second && !second->nextUse();
  }

  /// -c as a vector; null when an element isn't finite: there 0 · c is none.
  static const Literal *slopes(const Literal &scale, int64_t channels, Rewriter &rewriter) {
    std::optional<Tensor> values = rewriter.tensor(&scale);
    if (!values || channels < 1)
      return nullptr;
    Tensor negated = map(channelVector(*values, channels), [](auto value) { return -value; });
    return isFinite(negated) ? rewriter.literal(negated) : nullptr;
  }
};
} // namespace

MIL_PASS(fuse_prelu, FusePrelu, "Also accepts a single factor for all channels, where coremltools fails.")
