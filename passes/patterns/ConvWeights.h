// The weights of convolutions, for passes that fold into them what is done with the result.
//
// A convolution's result, channel by channel, is linear in its weight and bias: a factor of the result is one of both, a summand one of the
// bias. So a pass adds the operations on the result one by one, and then creates the convolution that includes them:
//
//   std::optional<ConvWeights> weights = ConvWeights::of(conv, rewriter);
//   if (!weights || !weights->subtract(mean) || !weights->multiply(factors) || !weights->add(beta))
//     return false;
//   return rewriter.replace(op, weights->make());
//
// Every step rounds to the weight's element type, as coremltools' arrays do. Large weights are computed when they are compared or written,
// a window at a time.
//
// A weight isn't changed if another operation of the function reads it, too: the model would contain it twice. (Functions that share one
// still do where all of them are rewritten alike.) Nor is one that isn't a plain constant, nor into infinities: `multiply` or `make` fails.
// A bias may be shared, and must be constant, or absent.
#pragma once

#include "mil/Pass/Rewriter.h"
#include "patterns/ChannelVectors.h"

namespace mil {

class ConvWeights {
public:
  /// Those of a conv or conv_transpose; nullopt when its bias isn't constant, or how many channels its result has isn't known.
  static std::optional<ConvWeights> of(Operation &conv, Rewriter &rewriter);

  /// Channels of the result.
  int64_t channels() const { return bias.count(); }

  // What happens to the result. `values` has one element, or one for each channel, in any shape. False when it can't be done; that includes
  // values of a more precise type than the weights.
  bool multiply(const Tensor &values);
  bool add(const Tensor &values);
  bool subtract(const Tensor &values);

  /// The convolution with these weights, created at the rewriter's insertion point; null if a weight became infinite.
  Value *make() const;

private:
  ConvWeights(Operation &conv, Rewriter &rewriter, Tensor bias) : conv(conv), rewriter(rewriter), bias(std::move(bias)) {}
  bool fits(const Tensor &values) const;

  Operation &conv;
  Rewriter &rewriter;
  Tensor bias;
  const Literal *weight = nullptr; ///< null when it must stay what it is
  bool isScaled = false;
};

/// The conv or conv_transpose whose result an operand reads, when nothing else does; else null.
Operation *convolutionFor(const Operand &operand);

} // namespace mil
