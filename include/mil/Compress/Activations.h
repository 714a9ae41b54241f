// Activations: values inside a model as 8 bit integers, so that convolutions and products of integer weights run in integers (W8A8).
//
//   ActivationOptions how;
//   how.range = ActivationOptions::Range::LeastError;
//   Result<ActivationReport> done = quantizeActivations(model, how, samples, diags);
//
// A pair of operations stands where a value is rounded; what runs the model may compute what is between two pairs in integers:
//
//   y = conv(x = x, …)   =>   x_quantized = quantize(input = x, scale = s, output_dtype = "int8")
//                             x_dequantized = dequantize(input = x_quantized, scale = s);   y = conv(x = x_dequantized, …)
//
// Pairs stand where coremltools' linear_quantize_activations puts them: before the x of conv, linear, avg_pool and max_pool and before both
// sides of add, none of which may be constant; and behind such an operation, or the activation (leaky_relu, tanh, scaled_tanh, sigmoid,
// hard_sigmoid, relu, relu6) that alone reads it, where other operations read on. A value has one pair for all who read it; outputs of
// functions stay as they are. The scale is symmetric, greatest / 127, in the type of the value.
//
// Ranges are those of the samples: the greatest magnitude; the magnitude that a part of all elements doesn't exceed; or the one that gives
// the least squared error. The latter two are found in histograms of 2,048 bins, in a second run.
#pragma once

#include "mil/Compress/ActivationTargets.h"
#include "mil/Compress/Samples.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

struct ActivationOptions {
  enum class Range : uint8_t { MinMax, Percentile, LeastError } range = Range::MinMax;
  double percentile = 99.99; ///< of the elements, for Percentile
  ActivationTargets targets;
};

struct ActivationReport {
  size_t pairs = 0;
  size_t unreached = 0;  ///< values that no sample gave, or only zeros or what is not finite: they stay
  llvm::StringSet<> met; ///< names and types of ActivationTargets that operations have
};

/// Runs the model on the samples and rewrites it. Functions of an opset before iOS17 stay as they are. Fails, reported, when the samples are
/// random or can't be run.
Result<ActivationReport> quantizeActivations(Model &model, const ActivationOptions &how, const Samples &samples, DiagnosticEngine &diags);

} // namespace mil
