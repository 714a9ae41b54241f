// milc run --report: a page of where the time goes.
#pragma once

#include "mil/Run/ModelRunner.h"

namespace milc {

/// Runs a step `repeats` more times and writes the page, with the mean times of its operations.
bool writeFlames(mil::ModelRunner &runner, const mil::NamedValues &inputs, const mil::States &states, unsigned repeats,
                 llvm::StringRef path, bool force, mil::DiagnosticEngine &diags);

} // namespace milc
