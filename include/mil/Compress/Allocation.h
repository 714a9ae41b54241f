// Allocation: choosing a scheme for each weight of a model so that the model fits a given size with the least error.
//
// Several schemes are tried for every weight, and the size in bytes and the error of each are measured. Choosing one for each weight under
// a limit of the total size is a knapsack problem. It is solved by Lagrangian relaxation (H. Everett, Operations Research 11, 1963): only
// the schemes on the lower convex hull of error over bytes are considered; starting from the smallest model, the step that reduces the
// error the most per byte is taken as long as it fits. The result is optimal for every size at which a step ends; in between it is worse
// than the optimum by at most the error of one step.
//
//   std::vector<WeightOptions> weights = …;
//   std::optional<Allocation> chosen = allocate(weights, 1'400'000'000);
//
// The error of a weight is its noise-to-signal ratio, the squared error divided by the sum of squares: the noise that the layer adds to its
// outputs, independent of its size. The error of a model is the mean over its weights; 10 · log10 of its inverse is the signal-to-noise
// ratio in dB that is shown. With data, the noise is that of the model's outputs: the error of the layer for its inputs, scaled by a factor
// that was measured by running the model with one scheme.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil {

/// The result of a scheme for a weight; without a scheme, the weight is unchanged.
struct WeightOption {
  std::optional<Scheme> scheme;
  uint64_t bytes = 0;
  double noise = 0; ///< noise-to-signal ratio
};

/// A constant that is a weight, and its position.
struct WeightPlace {
  size_t stage = 0; ///< the number of the program in a pipeline
  Function *function = nullptr;
  Operation *constant = nullptr;
};

/// A weight, or several with the same name or content, with its options.
struct WeightOptions {
  std::vector<WeightPlace> places;
  std::vector<std::string> names; ///< of the constants
  Type type;
  std::vector<WeightOption> options; ///< the first is to keep the weight
};

/// A choice of one option per weight.
struct Allocation {
  std::vector<size_t> chosen; ///< the option of each weight
  uint64_t bytes = 0;         ///< of all weights
  double noise = 0;           ///< the mean
};

/// The allocation with the least noise within `bytes`; nullopt if even the smallest options don't fit.
std::optional<Allocation> allocate(llvm::ArrayRef<WeightOptions> weights, uint64_t bytes);
/// The smallest allocation with a mean noise of at most `noise`; nullopt if there is none.
std::optional<Allocation> allocateForNoise(llvm::ArrayRef<WeightOptions> weights, double noise);
/// Allocations from the smallest to the largest, about `points` of them.
std::vector<Allocation> allocationCurve(llvm::ArrayRef<WeightOptions> weights, size_t points);

/// A signal-to-noise ratio in dB; infinite for no noise.
double decibels(double noise);

} // namespace mil
