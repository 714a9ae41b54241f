// One program run by the reference and by fast kernels.
//
// Results may differ by a few roundings. Of fp32: by `units`, 16 unless told otherwise, units in the last place of the largest magnitude in
// the result, or of 1, which is about what the values inside sums have here. Of fp16: by 2 units of fp16 more. The results of fast kernels
// must have the same bits for 1, 2 and 7 threads.
#pragma once

#include "Ops/RandomCalls.h"

namespace mil::test {

/// Runs the program's first function on random inputs, with NaN, infinities and the like among them if `extremes`, and expects the same of
/// both; with extremes, the signs of zeros, too. Returns whether fast kernels had a part in it; false, too, when the reference can't run
/// it.
bool compareKernels(const Program &program, Dice &dice, bool extremes = false, double units = 16);

} // namespace mil::test
