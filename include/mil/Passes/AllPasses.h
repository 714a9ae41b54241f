// The registry of all passes of milc, and running some of them by name.
#pragma once

#include "mil/Pass/Registry.h"
#include "mil/Support/Diagnostics.h"

namespace mil {

/// The registry of all passes, created by the first call from passes/Registry.def. Thread-safe.
const PassRegistry &allPasses();

/// Runs passes on a model: a list in the format of `milc opt --passes`. Fails (reported) if the list is invalid or a pass fails.
Status runPasses(Model &model, llvm::StringRef list, DiagnosticEngine &diags);

} // namespace mil
