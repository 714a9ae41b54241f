// The registry of all passes of milc, and running some of them by name.
#pragma once

#include "mil/Pass/Registry.h"
#include "mil/Support/Diagnostics.h"

namespace mil {

/// Created by the first call, from passes/Registry.def. Thread-safe.
const PassRegistry &allPasses();

/// Runs passes on a model: a list as `milc opt --passes` takes it. Fails (reported) if the list is wrong or a pass fails.
Status runPasses(Model &model, llvm::StringRef list, DiagnosticEngine &diags);

} // namespace mil
