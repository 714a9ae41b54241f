// The output of `milc diff --json`.
#pragma once

#include "mil/Diff/Diff.h"
#include "llvm/Support/raw_ostream.h"

namespace mil {

/// {"different", "model": [...], "functions": [{"change", "name", "operationCount", "interface", "operations", "constants", "uncompared"}],
/// "stages"}. Text that isn't UTF-8 is replaced by U+FFFD.
void diffAsJson(const ModelDifference &difference, llvm::raw_ostream &out);

} // namespace mil
