// Comparing what two programs compute.
//
//   Comparison comparison = compareRuns(a, b, inputs, tolerance, diags);
//
// Outputs are compared by name, as numbers, whatever their element types; so are the values inside that have one name in both. Of those, the
// first operation matters whose result leaves the tolerance although what it was computed from had not: there the programs part.
#pragma once

#include "mil/Run/ModelRunner.h"

namespace mil {

struct Tolerance {
  double absolute = 1e-3, relative = 1e-3; ///< |a - b| <= absolute + relative · |b|, of each element
  std::optional<double> psnr;              ///< instead: the least ratio of the values' peak to the mean error, in dB
};

/// How two tensors differ. NaN equals NaN, an infinity itself.
struct ValueDifference {
  std::string name;
  bool sameShape = true;
  uint64_t count = 0, beyond = 0; ///< elements, and those of them beyond the tolerance
  double absolute = 0, relative = 0;
  double psnr = 0;   ///< dB; infinite for equal values
  double cosine = 1; ///< of the angle between them
  bool within = true;
};
ValueDifference differenceOf(llvm::StringRef name, const Tensor &a, const Tensor &b, const Tolerance &tolerance);

struct Comparison {
  std::vector<ValueDifference> outputs; ///< in the order of b's outputs
  std::vector<std::string> missing;     ///< outputs of b that a doesn't have
  std::vector<ValueDifference> inside;  ///< values of one name, in the order in which b makes them
  std::string firstApart;               ///< the operation of b where they part; "" for none
  bool within() const;
};

/// Runs both on the same inputs, from states at zero. Failure, reported, when one can't be run.
Result<Comparison> compareRuns(ModelRunner &a, ModelRunner &b, const NamedValues &inputs, const Tolerance &tolerance,
                               DiagnosticEngine &diags);
/// Compares outputs that are there.
Comparison compareOutputs(const NamedValues &a, const NamedValues &b, llvm::ArrayRef<RunPort> order, const Tolerance &tolerance);

} // namespace mil
