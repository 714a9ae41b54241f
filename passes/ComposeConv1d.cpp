// compose_conv1d: a convolution over one dimension that is dressed up as one over two.
//
//   e = expand_dims(x, axes = [2]);  c = conv(e, weight = W, …);  y = squeeze(c, axes = [2])
//     =>   w = squeeze(W, axes = [-2]);  y = conv(x, weight = w, …)
//
//   e = expand_dims(x, axes = [1]);  t = transpose(e, [0, 3, 1, 2]);  c = conv(t, weight = W, …);
//   u = transpose(c, [0, 2, 3, 1]);  y = squeeze(u, axes = [1])
//     =>   t = transpose(x, [0, 2, 1]);  w = squeeze(W, axes = [-2]);  c = conv(t, weight = w, …);  y = transpose(c, [0, 2, 1])
//
// x has three dimensions, and W the size 1 along the one that is added, which conv doesn't pad. Strides, dilations and pads of the other
// one stay. Not when anything between is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::compose_conv1d.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "patterns/ConstantArguments.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
/// Whether an operation of four dimensions has these axes, or this permutation.
bool isAlong(const Operation &op, llvm::StringRef argument, llvm::ArrayRef<int64_t> expected) {
  std::optional<Integers> axes = axesOf(op, argument, 4);
  return axes && llvm::ArrayRef(*axes) == expected;
}

struct ComposeConv1d : PatternPass {
  ComposeConv1d() : PatternPass({"squeeze"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    Operation *conv, *expand, *before, *after;
    if (matches(op, m_op("squeeze", m_once("conv", m_once("expand_dims", m_value(x)).as(expand)).as(conv)))) {
      if (!isImage(*x) || !isAlong(*expand, "axes", 2) || !isAlong(op, "axes", 2))
        return false;
      return rewriter.replace(op, convolve(*conv, x, rewriter));
    }
    auto dressed = m_once("transpose", m_once("expand_dims", m_value(x)).as(expand)).as(before);
    if (!matches(op, m_op("squeeze", m_once("transpose", m_once("conv", dressed).as(conv)).as(after))) || !isImage(*x) ||
        !isAlong(*expand, "axes", 1) || !isAlong(*before, "perm", {0, 3, 1, 2}) || !isAlong(*after, "perm", {0, 2, 3, 1}) ||
        !isAlong(op, "axes", 1))
      return false;
    const Literal *swap = rewriter.ints({0, 2, 1});
    Value *channelsFirst = rewriter.make("transpose", {{"x", x}, {"perm", swap}});
    return rewriter.replace(op, rewriter.make("transpose", {{"x", convolve(*conv, channelsFirst, rewriter)}, {"perm", swap}}));
  }

  static bool isImage(const Value &x) { return x.type().hasRank() && x.type().rank() == 3; }

  /// The convolution of x by one dimension less; null when the one that goes plays a part.
  static Value *convolve(Operation &conv, Value *x, Rewriter &rewriter) {
    const Operand *weight = conv.operand("weight");
    if (!weight || !weight->type().hasRank() || weight->type().rank() != 4 || weight->type().dim(2) != 1 || padsFirst(conv))
      return nullptr;
    llvm::SmallVector<ArgumentSpec, 5> arguments{ArgumentSpec("x", x), lastOf(conv, "strides", 1, rewriter),
                                                 lastOf(conv, "dilations", 1, rewriter), lastOf(conv, "pad", 2, rewriter)};
    arguments.push_back(ArgumentSpec("weight", rewriter.make("squeeze", {{"x", weight}, {"axes", rewriter.ints(-2)}})));
    return rewriter.makeLike(conv, arguments);
  }

  /// Whether a convolution of two dimensions pads the first one.
  static bool padsFirst(const Operation &conv) {
    const Literal *type = conv.constant("pad_type");
    std::optional<Integers> pad = integersOf(conv, "pad");
    return type && type->asString() == "custom" && pad && ((*pad)[0] != 0 || (*pad)[1] != 0);
  }

  /// The last elements of a vector that has as many for the dimension before; absent where that is.
  static ArgumentSpec lastOf(const Operation &conv, llvm::StringRef argument, size_t count, Rewriter &rewriter) {
    if (!conv.argument(argument))
      return ArgumentSpec::none(argument);
    std::optional<Integers> values = integersOf(conv, argument);
    return ArgumentSpec(argument, values ? rewriter.ints(llvm::ArrayRef(*values).take_back(count)) : nullptr);
  }
};
} // namespace

MIL_PASS(compose_conv1d, ComposeConv1d,
         "Does not change convolutions whose kernel is larger than 1 along the added dimension, or that pad it.")
