// Connects the compression library with passes that it uses but doesn't contain.
#pragma once

#include "mil/Compress/Compress.h"

namespace mil {

/// Sets the callbacks `raise` (raises opsets by the pass raise_opset) and `normalize` (writes weights that were quantized and then
/// palettized in the form that devices support, by the pass canonicalize_quantized_lut_pattern). `diags` must outlive the options.
void usePasses(CompressOptions &options, DiagnosticEngine &diags);

} // namespace mil
