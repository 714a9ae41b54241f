// Allocation: which scheme each weight of a model gets, so that it fits into a size with the least error.
//
// For every weight some schemes are tried, and what each costs is measured: bytes, and error. Choosing one for each weight under a sum of
// bytes is a knapsack problem. Here: of each weight's schemes those on the lower convex hull of error over bytes, then, from the smallest
// model on, the step that saves the most error a byte, while it fits. That is the optimum of the problem for every size at which it stops,
// and off by no more than one step's error in between (it is the Lagrangian relaxation: E. Everett, Operations Research 11, 1963).
//
//   std::vector<WeightOptions> weights = …;
//   std::optional<Allocation> chosen = allocate(weights, 1'400'000'000);
//
// The error of a weight is its ratio of noise to signal, the squared error over the sum of squares: what a layer adds to the noise of its
// outputs, however large the layer is. That of a model is the mean over its weights; 10 · log10 of its inverse is the signal-to-noise ratio
// in dB that people read. With data, the noise is that of the model's outputs: the error of the layer by its inputs, scaled so that it is
// what the outputs lose by one scheme that was tried in a run.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil {

/// What a scheme makes of a weight. Without a scheme: it stays as it is.
struct WeightOption {
  std::optional<Scheme> scheme;
  uint64_t bytes = 0;
  double noise = 0; ///< to signal
};

/// A constant that is a weight, where it stands.
struct WeightPlace {
  size_t stage = 0; ///< the number of the program in a pipeline
  Function *function = nullptr;
  Operation *constant = nullptr;
};

/// A weight, or several that have one name or one content, with what can be made of it.
struct WeightOptions {
  std::vector<WeightPlace> places;
  std::vector<std::string> names; ///< of the constants
  Type type;
  std::vector<WeightOption> options; ///< the first: to stay
};

struct Allocation {
  std::vector<size_t> chosen; ///< the option of each weight
  uint64_t bytes = 0;         ///< of all weights
  double noise = 0;           ///< the mean
};

/// The least noise within `bytes`; nullopt when not even the smallest options fit.
std::optional<Allocation> allocate(llvm::ArrayRef<WeightOptions> weights, uint64_t bytes);
/// The fewest bytes with a mean noise of at most `noise`; nullopt when no choice has.
std::optional<Allocation> allocateForNoise(llvm::ArrayRef<WeightOptions> weights, double noise);
/// Allocations from the smallest to the largest, about `points` of them.
std::vector<Allocation> allocationCurve(llvm::ArrayRef<WeightOptions> weights, size_t points);

/// A signal-to-noise ratio in dB; infinite for no noise.
double decibels(double noise);

} // namespace mil
