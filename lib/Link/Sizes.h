// Makes sizes that differ between functions flexible, and replaces constants that follow from sizes by expressions over them.
#pragma once

#include "WeightInputs.h"

namespace mil {

/// Changes `unified` to accept inputs with the sizes of all functions, and writes the shapes to its description and to `result`. On return,
/// `constants` only contains the weights: constants that have the same type in all functions, don't follow from sizes, and either differ
/// between functions with the same sizes or are tensors of floats. Reports any other constant that doesn't follow from the sizes.
Status solveSizes(UnifiedFunction &unified, const UnifiedSources &sources, std::vector<DifferingConstant> &constants,
                  const UnifyOptions &options, UnifiedModel &result);

} // namespace mil
