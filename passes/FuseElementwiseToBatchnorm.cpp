// fuse_elementwise_to_batchnorm: a factor and a summand for each channel are a batch norm, which convolutions take in.
//
//   y = mul(x, a);  z = add(y, b)   =>   z = batch_norm(x, mean = 0, variance = 1 - ε, gamma = a, beta = b, epsilon = ε)
//
// In any order; x has rank 4, a and b are constants with an element for each of more than one channels, of shape [C, 1, 1] or [1, C, 1, 1].
// Not when y is read elsewhere or returned. ε is 1e-5, the default; variance and ε add up to 1, so that nothing is scaled but by a.
//
// Leaves out one rounding.
// Source: coremltools' common::fuse_elementwise_to_batchnorm.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "patterns/ChannelVectors.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseElementwiseToBatchnorm : PatternPass {
  FuseElementwiseToBatchnorm() : PatternPass({"add"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    const Literal *scale, *shift;
    if (!matches(op, m_op("add", m_mul(m_all(m_notConst(), m_value(x)), m_const(scale)), m_const(shift)).commutative()))
      return false;
    Type type = x->type();
    if (type != op.result()->type() || type.rank() != 4 || type.dim(1) < 2 || !isWhole(scale->type(), type) ||
        !isWhole(shift->type(), type))
      return false;
    std::optional<Tensor> gamma = rewriter.tensor(scale), beta = rewriter.tensor(shift);
    if (!gamma || !beta)
      return false;
    int64_t channels = type.dim(1);
    DType dtype = gamma->dtype();
    double epsilon = Tensor::scalar(dtype, 1e-5).number(0);
    Tensor zeros(dtype, channels), variance = channelVector(Tensor::scalar(dtype, 1 - epsilon), channels);
    return rewriter.replace(op, rewriter.make("batch_norm", {{"x", x},
                                                             {"mean", rewriter.literal(zeros)},
                                                             {"variance", rewriter.literal(variance)},
                                                             {"gamma", rewriter.literal(channelVector(*gamma, channels))},
                                                             {"beta", rewriter.literal(channelVector(*beta, channels))},
                                                             {"epsilon", rewriter.number(dtype, epsilon)}}));
  }

  static bool isWhole(Type constant, Type x) { return constant.elementCount() == x.dim(1) && isChannelVector(constant, x, 1); }
};
} // namespace

MIL_PASS(fuse_elementwise_to_batchnorm, FuseElementwiseToBatchnorm,
         "Variance and epsilon add up to 1; in coremltools they add up to 1.00001, which scales everything by 0.999995. "
         "The parameters have the element type of the constants, and as many elements as there are channels.")
