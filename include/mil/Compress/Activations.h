// Quantizing activations to 8 bit integers, so that convolutions and matrix products with integer weights run in integers (W8A8).
//
//   ActivationOptions how;
//   how.range = ActivationOptions::Range::LeastError;
//   Result<ActivationReport> done = quantizeActivations(model, how, samples, diags);
//
// A pair of operations is inserted where a value is rounded; a runtime may compute the operations between two pairs in integers:
//
//   y = conv(x = x, …)   =>   x_quantized = quantize(input = x, scale = s, output_dtype = "int8")
//                             x_dequantized = dequantize(input = x_quantized, scale = s);   y = conv(x = x_dequantized, …)
//
// Pairs are inserted in the same places as by linear_quantize_activations of coremltools: before x of conv, linear, avg_pool and max_pool
// and before both operands of add, unless they are constant; and after such an operation, or after the activation (leaky_relu, tanh,
// scaled_tanh, sigmoid, hard_sigmoid, relu, relu6) that is its only user, if other operations use the result. All users of a value share
// one pair; outputs of functions are not rounded. The scale is symmetric, greatest / 127, in the type of the value.
//
// Ranges are determined by the samples: the greatest magnitude, the percentile of the magnitudes, or the range with the least squared
// error. The latter two are computed from histograms of 2,048 bins, in a second run.
#pragma once

#include "mil/Compress/ActivationTargets.h"
#include "mil/Compress/Samples.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// Options of quantizeActivations: the values to quantize, and the method to determine their ranges.
struct ActivationOptions {
  enum class Range : uint8_t { MinMax, Percentile, LeastError } range = Range::MinMax;
  double percentile = 99.99; ///< of the elements, for Percentile
  ActivationTargets targets;
};

/// The result of quantizeActivations.
struct ActivationReport {
  size_t pairs = 0;
  size_t unreached = 0;  ///< values that are not quantized because the samples gave no finite element other than zero
  llvm::StringSet<> met; ///< names and types of ActivationTargets that occur in the model
};

/// Runs the model on the samples and rewrites it. Functions of an opset before iOS17 are not changed. Fails (reported) if the samples are
/// random or can't be run.
Result<ActivationReport> quantizeActivations(Model &model, const ActivationOptions &how, const Samples &samples, DiagnosticEngine &diags);

} // namespace mil
