// Diagnostics of wrong calls of the C interface. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(BadCall,               Error,   "bad-call",               "{}: {}")
MIL_DIAG(ModelBroken,           Error,   "model-broken",           "the model was left half changed by a call that failed; it can only be closed")

} // namespace mil::diag
// clang-format on
