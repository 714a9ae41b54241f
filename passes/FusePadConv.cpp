// fuse_pad_conv: a pad before the transposes that prepare convolutions goes after them, to the convolutions.
//
//   p = pad(x, pad = …);  t = transpose(p, perm);  y = conv(t, …)   =>   t = transpose(x, perm);  p = pad(t, pad = …);  y = conv(p, …)
//
// Nothing reads p but transposes, and these nothing but the x of convolutions; each transpose gets a pad of its own. Neither is returned.
// The transposes that are left can cancel others, and a device pads in the convolution.
//
// Exact.
// Source: coremltools' common::fuse_pad_conv.
#include "mil/Pass/Rewriter.h"
#include "patterns/ConstantArguments.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct FusePadConv : PatternPass {
  FusePadConv() : PatternPass({"pad"}) {}

  bool rewrite(Operation &pad, Rewriter &rewriter) override {
    llvm::SmallVector<Operation *, 2> transposes;
    for (Operand &use : pad.result()->uses()) {
      Operation *transpose = use.user();
      if (!transpose || !transpose->is("transpose") || !feedsConvolutions(*transpose))
        return false;
      transposes.push_back(transpose);
    }
    llvm::SmallVector<Value *, 2> swapped;
    for (Operation *transpose : transposes) {
      rewriter.setInsertionPoint(transpose);
      swapped.push_back(paddedAfter(pad, *transpose, rewriter));
      if (!swapped.back())
        return false;
    }
    bool changed = false;
    for (auto [transpose, value] : llvm::zip(transposes, swapped))
      changed |= rewriter.replaceUses(transpose->result(), value);
    return changed;
  }

  static bool feedsConvolutions(const Operation &transpose) {
    bool feeds = transpose.result()->hasUses();
    for (Operand &use : transpose.result()->uses())
      feeds = feeds && use.user() && use.user()->is("conv") && use.user()->operand("x") == &use;
    return feeds;
  }

  /// transpose(pad(x)) as pad(transpose(x)).
  static Value *paddedAfter(Operation &pad, Operation &transpose, Rewriter &rewriter) {
    size_t rank = transpose.result()->type().rank();
    std::optional<Integers> amounts = integersOf(pad, "pad"), perm = axesOf(transpose, "perm", rank);
    if (!amounts || !perm || amounts->size() > 2 * rank)
      return nullptr;
    amounts->insert(amounts->begin(), 2 * rank - amounts->size(), 0); // given for the last dimensions alone
    llvm::SmallVector<int64_t, 10> moved;
    for (int64_t axis : *perm)
      moved.append({(*amounts)[size_t(2 * axis)], (*amounts)[size_t(2 * axis + 1)]});
    Value *x = rewriter.makeLike(transpose, ArgumentSpec("x", pad.operand("x")));
    return rewriter.makeLike(pad, {ArgumentSpec("x", x), ArgumentSpec("pad", rewriter.ints(moved))});
  }
};
} // namespace

MIL_PASS(fuse_pad_conv, FusePadConv)
