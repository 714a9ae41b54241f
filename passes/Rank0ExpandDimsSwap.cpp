// rank0_expand_dims_swap: scalars become vectors before they are computed with, so that other rewrites see fewer scalars.
//
//   y = add(x, c);  z = expand_dims(y, axes = [0])   =>   z = add(expand_dims(x, axes = [0]), [c]);  y = squeeze(z) for what else reads y
//
// For add, sub, mul, real_div and floor_div of two scalars, one of them constant, in either order. Not when y is returned, or has another
// expand_dims.
//
// Exact.
// Source: coremltools' common::rank0_expand_dims_swap.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct Rank0ExpandDimsSwap : PatternPass {
  Rank0ExpandDimsSwap() : PatternPass({"expand_dims"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *scalar = op.input("x");
    Operation *binary = scalar ? scalar->definingOp() : nullptr;
    if (!binary || !isBinary(*binary) || !scalar->type().isScalar() || scalar->isBlockOutput() || binary->block() != op.block() ||
        !binary->operand("x") || !binary->operand("y") || !binary->constant("x") == !binary->constant("y") ||
        !binary->operand("x")->type().isScalar() || !binary->operand("y")->type().isScalar())
      return false;
    llvm::SmallVector<Operand *, 4> others;
    for (Operand &use : scalar->uses()) {
      if (use.user() == &op)
        continue;
      if (others.size() == maxOthers || !use.user() || use.user()->is("expand_dims"))
        return false;
      others.push_back(&use);
    }
    rewriter.setInsertionPointAfter(binary);
    Value *x = rewriter.make("expand_dims", {{"x", binary->operand("x")}, {"axes", rewriter.ints({0})}});
    Value *y = rewriter.make("expand_dims", {{"x", binary->operand("y")}, {"axes", rewriter.ints({0})}});
    Value *vector = rewriter.make(binary->type().str(), {{"x", x}, {"y", y}});
    Value *again = others.empty() ? nullptr : rewriter.make("squeeze", ArgumentSpec("x", vector));
    if (!vector || (!others.empty() && !again) || !rewriter.replace(op, vector))
      return false;
    for (Operand *use : others)
      rewriter.setOperand(*use, again);
    return true;
  }

  /// More readers than this are too many to look at for each expand_dims.
  static constexpr size_t maxOthers = 64;

  static bool isBinary(const Operation &op) {
    return op.is("add") || op.is("sub") || op.is("mul") || op.is("real_div") || op.is("floor_div");
  }
};
} // namespace

MIL_PASS(rank0_expand_dims_swap, Rank0ExpandDimsSwap)
