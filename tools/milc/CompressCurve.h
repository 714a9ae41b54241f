// milc compress --report: a page of sizes and errors.
#pragma once

#include "mil/Compress/Compress.h"

namespace milc {

/// `chosen`: what --size or --max-error chose from, or null.
mil::Status writeCurve(const mil::CompressionReport &report, const mil::ChosenSchemes *chosen, llvm::StringRef path, bool force,
                       mil::DiagnosticEngine &diags);

} // namespace milc
