// The passes that compressing weights needs, which its library doesn't have.
#pragma once

#include "mil/Compress/Compress.h"

namespace mil {

/// Sets how compressing raises opsets and how it writes weights that were quantized and then palettized (in the form that devices know).
/// The options refer to `diags`.
void usePasses(CompressOptions &options, DiagnosticEngine &diags);

} // namespace mil
