// Diagnostics of building models. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(ConstantDoesNotFit,    Error,   "constant-does-not-fit",  "{}: argument '{}': the constant doesn't fit {}")
MIL_DIAG(ConstantBytes,         Error,   "constant-bytes",         "constant '{}' of type {} takes {} bytes, found {}")
MIL_DIAG(ResultNotInferred,     Error,   "result-not-inferred",    "{}: the result types can't be inferred from the arguments; specify them")
MIL_DIAG(NoSuchFeature,         Error,   "no-such-feature",        "function '{}' has no input, output or state '{}' to describe")
MIL_DIAG(NoSuchFunction,        Error,   "no-such-function",       "there is no function '{}'")

} // namespace mil::diag
// clang-format on
