// The registry of all passes of milc.
#pragma once

#include "mil/Pass/Registry.h"

namespace mil {

/// Created by the first call, from passes/Registry.def. Thread-safe.
const PassRegistry &allPasses();

} // namespace mil
