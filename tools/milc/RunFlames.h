// milc run --report: a page of where the time goes.
#pragma once

#include "RunReport.h"

namespace milc {

/// Writes the page of the times of `repeats` runs.
bool writeFlames(const OperationTimes &times, unsigned repeats, llvm::StringRef path, bool force, mil::DiagnosticEngine &diags);

} // namespace milc
