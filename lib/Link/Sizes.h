// Sizes that differ between functions become shapes to choose from, and constants that follow from sizes become expressions over them.
#pragma once

#include "WeightInputs.h"

namespace mil {

/// Lets `unified` take inputs of the sizes of all functions, and writes the shapes into its description and into `result`. Reports a
/// constant that doesn't follow from the sizes.
Status solveSizes(UnifiedFunction &unified, const UnifiedSources &sources, llvm::ArrayRef<DifferingConstant> constants,
                  const UnifyOptions &options, UnifiedModel &result);

} // namespace mil
