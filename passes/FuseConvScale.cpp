// fuse_conv_scale: a constant for each channel by which the result of a convolution is multiplied or divided goes into its weights.
//
//   y = conv(x, weight = W, bias = b);  z = mul(y, c)        =>   z = conv(x, weight = W · c, bias = b · c)
//   y = conv(x, weight = W, bias = b);  z = real_div(y, c)   =>   z = conv(x, weight = W · (1 / c), bias = b · (1 / c))
//
// conv or conv_transpose; mul with c on either side. A convolution without bias gets one of zeros. c is a constant of one element, or with
// as many as there are channels, along the channels. Not when y is read elsewhere or returned, when W isn't a plain constant or read
// elsewhere, or when an element would become infinite.
//
// Rounds weights instead of results: within the roundings of the convolution.
// Source: coremltools' common::fuse_conv_scale.
#include "mil/Tensor/Kernels.h"
#include "patterns/ConvWeights.h"

using namespace mil;

namespace {
struct FuseConvScale : PatternPass {
  FuseConvScale() : PatternPass({"mul", "real_div"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    bool flipped = op.is("mul") && constantOf(*op.operand("x"));
    const Operand &product = *op.operand(flipped ? "y" : "x");
    const Literal *constant = constantOf(*op.operand(flipped ? "x" : "y"));
    Operation *conv = convolutionFor(product);
    if (!constant || !conv || product.type() != op.result()->type() || !isChannelVector(constant->type(), product.type(), 1))
      return false;
    std::optional<ConvWeights> weights = ConvWeights::of(*conv, rewriter);
    std::optional<Tensor> factors = weights ? rewriter.tensor(constant) : std::nullopt;
    if (factors && op.is("real_div"))
      factors = map(*factors, [](auto value) { return 1 / double(value); });
    return factors && weights->multiply(*factors) && rewriter.replace(op, weights->make());
  }
};
} // namespace

MIL_PASS(fuse_conv_scale, FuseConvScale,
         "Does not confuse the division of a constant by a convolution with the reverse. For a conv_transpose with "
         "several groups, the factors are assigned to the channels group by group; coremltools assigns them to the "
         "groups in turn. Does not change divisions by 0, weights that have other users, or weights that would become "
         "infinite.")
