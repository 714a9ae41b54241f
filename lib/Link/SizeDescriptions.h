// Describes sizes that differ between functions.
#pragma once

#include "UnifiedFunction.h"
#include "WeightInputs.h"

namespace mil {

/// Describes the shapes of inputs and states whose sizes differ, and lists them in `result`. `distinct`: the functions whose sizes differ
/// from those of earlier ones.
Status describeSizes(UnifiedFunction &unified, const UnifiedSources &sources, llvm::ArrayRef<size_t> distinct, const UnifyOptions &options,
                     UnifiedModel &result);

} // namespace mil
