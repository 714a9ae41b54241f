// Comparing the results of two programs.
//
//   Comparison comparison = compareRuns(a, b, inputs, tolerance, diags);
//
// Outputs are compared by name, as numbers, for any element types; so are intermediate values that have the same name in both. The
// programs diverge at the first operation whose result is beyond the tolerance although its arguments are not.
#pragma once

#include "mil/Run/ModelRunner.h"

namespace mil {

/// The allowed difference of results.
struct Tolerance {
  double absolute = 1e-3, relative = 1e-3; ///< |a - b| <= absolute + relative · |b|, of each element
  std::optional<double> psnr;              ///< used instead, if set: the lowest ratio of the peak value to the mean error, in dB
};

/// The difference of two tensors. NaN equals NaN, an infinity equals itself.
struct ValueDifference {
  std::string name;
  bool sameShape = true;
  uint64_t count = 0, beyond = 0; ///< number of elements, and of those beyond the tolerance
  double absolute = 0, relative = 0;
  double psnr = 0;   ///< dB; infinite for equal values
  double cosine = 1; ///< of the angle between them
  bool within = true;
};
/// Compares two tensors as numbers; `name` is that of the result.
ValueDifference differenceOf(llvm::StringRef name, const Tensor &a, const Tensor &b, const Tolerance &tolerance);

/// The differences of the results of two models.
struct Comparison {
  std::vector<ValueDifference> outputs; ///< in the order of b's outputs
  std::vector<std::string> missing;     ///< outputs of b that a doesn't have
  std::vector<ValueDifference> inside;  ///< intermediate values with the same name, in the order in which b computes them
  std::string firstApart;               ///< the operation of b where they diverge; "" if they don't
  /// Whether all outputs are within the tolerance and none is missing.
  bool within() const;
};

/// Runs both on the same inputs, with states starting at zero. Fails (reported) if one can't be run.
Result<Comparison> compareRuns(ModelRunner &a, ModelRunner &b, const NamedValues &inputs, const Tolerance &tolerance,
                               DiagnosticEngine &diags);
/// The same for one of several steps: each model reads and updates its own states.
Result<Comparison> compareStep(ModelRunner &a, States &statesOfA, ModelRunner &b, States &statesOfB, const NamedValues &inputs,
                               const Tolerance &tolerance, DiagnosticEngine &diags);
/// The numbers of an output: a tensor, or the scores of a classifier in the order of its labels, fp64; nullopt for labels and lists.
std::optional<Tensor> numbersOf(const RuntimeValue &value);
/// Compares existing outputs.
Comparison compareOutputs(const NamedValues &a, const NamedValues &b, llvm::ArrayRef<RunPort> order, const Tolerance &tolerance);

} // namespace mil
