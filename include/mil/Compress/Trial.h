// Trials: what schemes make of the weights of a program, before one is chosen for each (mil/Compress/Allocation.h).
//
// Without data, noise is that of the weight. With data it is that of the outputs: the error of the layer, by the mean squares of its inputs,
// times a factor a weight, which is such that one scheme, rounded by its Hessian and run, has what the outputs lose by it.
#pragma once

#include "mil/Compress/Allocation.h"

namespace mil {

class Calibration;

/// Tries schemes on all weights of more than `threshold` elements of a program, those that its functions' opsets have, reading each weight
/// once a scheme. `stage` is the number of the program in a pipeline; `calibration` may be null. `tried` is told, after each weight, how many
/// elements it has.
std::vector<WeightOptions> tryOptions(Program &program, size_t stage, llvm::ArrayRef<Scheme> schemes, int64_t threshold,
                                      Calibration *calibration = nullptr, const std::function<void(uint64_t)> &tried = nullptr);

/// The noise of the outputs with an allocation, all weights rounded by their Hessians. nullopt after a failure, which is reported.
std::optional<double> measureAllocation(llvm::ArrayRef<WeightOptions> weights, const Allocation &allocation, Calibration &calibration);

} // namespace mil
