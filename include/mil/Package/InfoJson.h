// The output of `milc info --json`.
#pragma once

#include "mil/Package/Info.h"
#include "llvm/Support/raw_ostream.h"

namespace mil {

/// {"kind", "specificationVersion", "metadata", "buildInfo", "defaultFunction", "functions": [{"name", "opset", "inputs", "outputs",
/// "states", "operations", "histogram", "parameters", "weightBytes"}], "weights", "stages"}. Text that isn't UTF-8 is replaced by U+FFFD.
void infoAsJson(const ModelInfo &info, llvm::raw_ostream &out);

} // namespace mil
