// All passes that milc has.
#pragma once

#include "mil/Pass/Registry.h"

namespace mil {

/// Made at the first call, from passes/Registry.def. Thread-safe.
const PassRegistry &allPasses();

} // namespace mil
