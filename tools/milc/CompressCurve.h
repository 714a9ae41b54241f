// milc compress --report: a page of sizes and errors.
#pragma once

#include "CompressReport.h"

namespace milc {

mil::Status writeCurve(const CompressSummary &summary, llvm::StringRef path, bool force, mil::DiagnosticEngine &diags);

} // namespace milc
