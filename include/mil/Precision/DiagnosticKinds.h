// Diagnostics of the search for operations that need more precision than fp16. mil/Support/Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(NoFloatOperation,      Error,   "no-float-operation",     "function '{}' has no operation that computes a floating-point tensor")
MIL_DIAG(NoOutputsToCompare,    Error,   "no-outputs-to-compare",  "function '{}' has no numeric output to compare")
MIL_DIAG(HalfOutOfReach,        Error,   "half-out-of-reach",      "function '{}' can't reach {}: {} is the best possible, with all of its {} fp16-capable operations computed in fp32")
MIL_DIAG(HalfNotAModel,         Error,   "half-not-a-program",     "precision works on one ML program; select a model of the pipeline")
MIL_DIAG(ValuesTooLarge,        Error,   "values-too-large",       "the values of all operations take more than the limit of {} bytes")

} // namespace mil::diag
// clang-format on
