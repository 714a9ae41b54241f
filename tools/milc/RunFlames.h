// milc run --report: a page with the time of each layer and operation.
#pragma once

#include "RunReport.h"

namespace milc {

/// Writes a page with the mean times of `repeats` runs. Returns false after reporting an error.
bool writeFlames(const OperationTimes &times, unsigned repeats, llvm::StringRef path, bool force, mil::DiagnosticEngine &diags);

} // namespace milc
