// fuse_dilated_conv: a convolution of every n-th pixel, written out with batches of pixels.
//
//   s = space_to_batch(x, block_shape = B, paddings = P);  c = conv(s, weight = W, …);  y = batch_to_space(c, block_shape = B, crops = C)
//     =>   y = conv(x, weight = W, dilations = B, …)
//
// conv has strides and dilations of 1 and pads nothing itself. What P adds and C doesn't cut off again is the padding of the new
// convolution: none, that of pad_type "same", or else "custom". C cuts off no more than P adds. Not when anything between is read elsewhere
// or returned.
//
// Exact, but for the order of summation.
// Source: coremltools' common::fuse_dilated_conv.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "patterns/ConstantArguments.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseDilatedConv : PatternPass {
  FuseDilatedConv() : PatternPass({"batch_to_space"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    Operation *split, *conv;
    if (!matches(op, m_op("batch_to_space", m_once("conv", m_once("space_to_batch", m_value(x)).as(split)).as(conv))))
      return false;
    std::optional<Integers> block = integersOf(*split, "block_shape"), pads = integersOf(*split, "paddings"),
                            crops = integersOf(op, "crops");
    if (!block || !pads || !crops || block != integersOf(op, "block_shape") || !isPlain(*conv) || pads->size() != 4 || crops->size() != 4)
      return false;
    for (size_t i = 0; i < 4; ++i)
      if (((*pads)[i] -= (*crops)[i]) < 0)
        return false;
    llvm::StringRef padType = typeOf(*pads, *block, conv->operand("weight")->type());
    if (padType != "custom")
      pads->assign(4, 0);
    return rewriter.replace(
        op, rewriter.makeLike(*conv, {ArgumentSpec("x", x), ArgumentSpec("dilations", rewriter.ints(*block)),
                                      ArgumentSpec("pad_type", rewriter.string(padType)), ArgumentSpec("pad", rewriter.ints(*pads))}));
  }

  /// Whether a convolution has no strides, dilations or pads.
  static bool isPlain(const Operation &conv) {
    auto allAre = [&](llvm::StringRef argument, int64_t value) {
      std::optional<Integers> values = integersOf(conv, argument);
      return !conv.argument(argument) || (values && llvm::all_of(*values, [&](int64_t each) { return each == value; }));
    };
    const Literal *padType = conv.constant("pad_type");
    bool padsNothing = !conv.argument("pad_type") || (padType && padType->asString() == "valid") ||
                       (padType && padType->asString() == "custom" && allAre("pad", 0));
    return padsNothing && allAre("strides", 1) && allAre("dilations", 1);
  }

  /// The pad_type by which a convolution with these dilations, and strides of 1, has these pads.
  static llvm::StringRef typeOf(llvm::ArrayRef<int64_t> pads, llvm::ArrayRef<int64_t> dilations, Type weight) {
    if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
      return "valid";
    if (weight.rank() != 4) // not known
      return "custom";
    for (size_t i = 0; i < 2; ++i) {
      int64_t size = weight.dim(int(2 + i)), total = (size - 1) * dilations[i];
      if (size < 1 || pads[2 * i] != total / 2 || pads[2 * i + 1] != total - total / 2)
        return "custom";
    }
    return "same";
  }
};
} // namespace

MIL_PASS(fuse_dilated_conv, FuseDilatedConv, "Accepts all paddings that are at least as large as the crops.")
