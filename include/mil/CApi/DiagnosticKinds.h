// The diagnostics of the C interface itself: wrong calls. mil/Support/Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(BadCall,               Error,   "bad-call",               "{}: {}")
MIL_DIAG(ModelBroken,           Error,   "model-broken",           "a failed call left the model half changed; it can only be closed")

} // namespace mil::diag
// clang-format on
