// Trials: measures schemes for the weights of a program, before one is chosen for each (mil/Compress/Allocation.h).
//
// Without data, noise is that of the weight. With data it is that of the outputs: the error of the layer, computed from the mean squares of
// its inputs, times a factor per weight. The factor is determined by running the model with one scheme, rounded by the Hessian.
#pragma once

#include "mil/Compress/Allocation.h"

namespace mil {

class Calibration;

/// Tries the schemes that the opsets of the functions support on all weights of a program with more than `threshold` elements, and reads
/// each weight once per scheme. `stage` is the index of the program in a pipeline; `calibration` may be null. `tried` is called after each
/// weight with the number of its elements.
std::vector<WeightOptions> tryOptions(Program &program, size_t stage, llvm::ArrayRef<Scheme> schemes, int64_t threshold,
                                      Calibration *calibration = nullptr, const std::function<void(uint64_t)> &tried = nullptr);

/// The noise of the outputs with an allocation, all weights rounded by their Hessians. nullopt after an error (reported).
std::optional<double> measureAllocation(llvm::ArrayRef<WeightOptions> weights, const Allocation &allocation, Calibration &calibration);

} // namespace mil
