// fuse_conv_bias: a constant for each channel that is added to the result of a convolution, or subtracted from it, or from which it is
// subtracted, becomes its bias.
//
//   y = conv(x, weight = W, bias = b);  z = add(y, c)   =>   z = conv(x, weight = W, bias = b + c)
//   y = conv(x, weight = W, bias = b);  z = sub(y, c)   =>   z = conv(x, weight = W, bias = b - c)
//   y = conv(x, weight = W, bias = b);  z = sub(c, y)   =>   z = conv(x, weight = -W, bias = -b + c)
//
// conv or conv_transpose; between it and the addition may be a transpose, which then comes last. A convolution without bias counts as one
// with zeros. c is a constant of one element, or with as many as there are channels, along the channels. Not when anything between is read
// elsewhere or returned; in the last form, not when W isn't a plain constant, or read elsewhere.
//
// Reassociates one addition: exact for b = 0, else within one rounding of the element type.
// Source: coremltools' common::fuse_conv_bias.
#include "mil/Pass/Matchers.h"
#include "patterns/ConstantArguments.h"
#include "patterns/ConvWeights.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseConvBias : PatternPass {
  FuseConvBias() : PatternPass({"add", "sub"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    bool flipped = constantOf(*op.operand("x"));
    const Operand &sum = *op.operand(flipped ? "y" : "x");
    const Literal *constant = constantOf(*op.operand(flipped ? "x" : "y"));
    Operation *transpose = transposeFor(sum);
    Operation *conv = convolutionFor(transpose ? *transpose->operand("x") : sum);
    if (!constant || !conv || sum.type() != op.result()->type() ||
        !isChannelVector(constant->type(), sum.type(), transpose ? channelAxis(*transpose) : 1))
      return false;
    std::optional<ConvWeights> weights = ConvWeights::of(*conv, rewriter);
    std::optional<Tensor> values = weights ? rewriter.tensor(constant) : std::nullopt;
    if (!values || !apply(op, flipped, *values, *weights))
      return false;
    Value *result = weights->make();
    return rewriter.replace(op, transpose ? rewriter.makeLike(*transpose, ArgumentSpec("x", result)) : result);
  }

  static bool apply(const Operation &op, bool flipped, const Tensor &values, ConvWeights &weights) {
    if (op.is("add"))
      return weights.add(values);
    if (!flipped)
      return weights.subtract(values);
    return weights.multiply(Tensor::scalar(values.dtype(), -1)) && weights.add(values);
  }

  static Operation *transposeFor(const Operand &operand) {
    Operation *op = operand.value() ? operand.value()->definingOp() : nullptr;
    return op && op->is("transpose") && usedOnce(op->result()) ? op : nullptr;
  }
  /// The axis to which a transpose moves dimension 1; the rank if that isn't known.
  static size_t channelAxis(const Operation &transpose) {
    size_t rank = transpose.result()->type().rank();
    std::optional<Integers> perm = axesOf(transpose, "perm", rank);
    return perm ? size_t(llvm::find(*perm, 1) - perm->begin()) : rank;
  }
};
} // namespace

MIL_PASS(fuse_conv_bias, FuseConvBias,
         "Also fuses the subtraction of a convolution from a constant if there is no transpose between them. Does not "
         "change the original constants, which coremltools negates in place for all users. Keeps a weight that isn't "
         "changed, where coremltools creates a new constant if there is a squeeze in between.")
