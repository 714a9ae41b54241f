// What the search for fp16's weak places reports. See mil/Support/Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(NoFloatOperation,      Error,   "no-float-operation",     "function '{}' has no operation whose result is a tensor of floats")
MIL_DIAG(NoOutputsToCompare,    Error,   "no-outputs-to-compare",  "function '{}' has no output of numbers to compare")
MIL_DIAG(HalfOutOfReach,        Error,   "half-out-of-reach",      "function '{}': {} is not reached; {} is the best that its {} operations allow that fp16 could compute, all of them in fp32")
MIL_DIAG(HalfNotAModel,         Error,   "half-not-a-program",     "fp16 is tried on one ML program; give a model of the pipeline")
MIL_DIAG(ValuesTooLarge,        Error,   "values-too-large",       "the values of all operations take more than {} bytes, the limit")

} // namespace mil::diag
// clang-format on
