// fuse_conv_batchnorm: a batch norm of the result of a convolution goes into its weights.
//
//   y = conv(x, weight = W, bias = b);  z = batch_norm(y, mean = m, variance = v, gamma = g, beta = t, epsilon = e)
//     =>   z = conv(x, weight = W · f, bias = (b - m) · f + t)   where f = g / √(v + e)
//
// conv or conv_transpose. Without bias, b is 0; without gamma and beta, g is 1 and t is 0. Not when y is read elsewhere or returned, when W
// isn't a plain constant or is read elsewhere, or when an element would become infinite.
//
// Rounds weights instead of results: within the roundings of the convolution and the batch norm.
// Source: coremltools' common::fuse_conv_batchnorm.
#include "mil/Tensor/Kernels.h"
#include "patterns/ConvWeights.h"
#include <cmath>

using namespace mil;

namespace {
struct FuseConvBatchnorm : PatternPass {
  FuseConvBatchnorm() : PatternPass({"batch_norm"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *conv = convolutionFor(*op.operand("x"));
    std::optional<ConvWeights> weights = conv ? ConvWeights::of(*conv, rewriter) : std::nullopt;
    std::optional<Tensor> mean = weights ? rewriter.tensor(op.operand("mean")) : std::nullopt,
                          variance = mean ? rewriter.tensor(op.operand("variance")) : std::nullopt;
    if (!variance || conv->result()->type() != op.result()->type())
      return false;
    DType type = variance->dtype();
    std::optional<Tensor> epsilon = parameter(op, "epsilon", Tensor::scalar(type, 1e-5), rewriter),
                          gamma = parameter(op, "gamma", Tensor::scalar(type, 1), rewriter),
                          beta = parameter(op, "beta", Tensor::scalar(type, 0), rewriter);
    if (!epsilon || !gamma || !beta)
      return false;
    Tensor sum = map(*variance, [&](auto value) { return value + epsilon->number(0); });
    Tensor deviation = map(sum, [](auto value) { return std::sqrt(double(value)); });
    Tensor factors = mapPairs(channelVector(*gamma, weights->channels()), deviation, weights->channels(), type,
                              [](auto g, auto d) { return double(g) / double(d); });
    return weights->subtract(*mean) && weights->multiply(factors) && weights->add(*beta) && rewriter.replace(op, weights->make());
  }

  /// An argument, or its default if it is absent; nullopt if it can't be read.
  static std::optional<Tensor> parameter(const Operation &op, llvm::StringRef name, Tensor otherwise, Rewriter &rewriter) {
    return op.argument(name) ? rewriter.tensor(op.operand(name)) : std::move(otherwise);
  }
};
} // namespace

MIL_PASS(fuse_conv_batchnorm, FuseConvBatchnorm,
         "Accepts a batch norm without gamma and beta, where coremltools fails. For a conv_transpose with several "
         "groups, the parameters are assigned to the channels group by group; coremltools assigns them to the groups in "
         "turn. Does not change weights that have other users, or that would become infinite.")
