// milc run --report: a page that shows the time of each operation.
#pragma once

#include "RunReport.h"

namespace milc {

/// Writes the page for the times of `repeats` runs.
bool writeFlames(const OperationTimes &times, unsigned repeats, llvm::StringRef path, bool force, mil::DiagnosticEngine &diags);

} // namespace milc
