// The weights of convolutions, for passes that fold operations on the result into them.
//
// Each channel of the result of a convolution is linear in its weight and bias: multiplying the result is multiplying both, adding to the
// result is adding to the bias. So a pass adds the operations on the result one by one, and then creates the convolution that includes
// them:
//
//   std::optional<ConvWeights> weights = ConvWeights::of(conv, rewriter);
//   if (!weights || !weights->subtract(mean) || !weights->multiply(factors) || !weights->add(beta))
//     return false;
//   return rewriter.replace(op, weights->make());
//
// Every step rounds to the element type of the weight, as in coremltools. Large weights are computed when they are compared or written, one
// window at a time.
//
// A weight isn't changed if another operation of the function reads it, because the model would contain it twice. (Functions that share a
// weight still share it if all of them are rewritten in the same way.) A weight that isn't a plain constant, or would become infinite,
// isn't changed either: `multiply` or `make` fails. A bias may be shared; it must be constant or absent.
#pragma once

#include "mil/Pass/Rewriter.h"
#include "patterns/ChannelVectors.h"

namespace mil {

class ConvWeights {
public:
  /// The weights of a conv or conv_transpose; nullopt if its bias isn't constant, or if the number of channels of its result is unknown.
  static std::optional<ConvWeights> of(Operation &conv, Rewriter &rewriter);

  /// The number of channels of the result.
  int64_t channels() const { return bias.count(); }

  // Add an operation on the result. `values` has one element, or one for each channel, in any shape. False if the operation can't be
  // included, for example if `values` has a more precise type than the weights.
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
  const Literal *weight = nullptr; ///< null if it must not be changed
  bool isScaled = false;
};

/// The conv or conv_transpose whose result an operand reads, if there is no other use; else null.
Operation *convolutionFor(const Operand &operand);

} // namespace mil
