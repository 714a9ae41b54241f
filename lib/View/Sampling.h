// Samples of weights: statistics from a bounded number of elements of a constant.
#pragma once

#include "mil/Ops/Elements.h"
#include <array>

namespace mil {

struct WeightSample {
  static constexpr size_t bins = 24, shown = 6;

  uint64_t elements = 0; ///< the number of elements of the constant
  uint64_t sampled = 0;  ///< the number of sampled elements, to which the figures below refer
  uint64_t notFinite = 0, zeros = 0;
  double least = 0, greatest = 0, mean = 0, deviation = 0; ///< of the finite ones
  std::array<uint32_t, bins> histogram{};                  ///< of the finite ones, from least to greatest
  std::vector<double> first;                               ///< the first values, `shown` at most
};

/// Reads at most `most` elements, in a few evenly spread windows, and the first few elements. False after an error (reported).
bool sampleWeight(ElementReader &elements, size_t most, WeightSample &sample, DiagnosticEngine &diags);

} // namespace mil
