// Sizes that differ between functions become shapes to choose from, and constants that follow from sizes become expressions over them.
#pragma once

#include "WeightInputs.h"

namespace mil {

/// Lets `unified` take inputs of the sizes of all functions, and writes the shapes into its description and into `result`. Leaves the
/// weights in `constants`: those of one type that don't follow from sizes, and either differ between functions of the same sizes or are
/// tensors of floats. Reports any other constant that doesn't follow from the sizes.
Status solveSizes(UnifiedFunction &unified, const UnifiedSources &sources, std::vector<DifferingConstant> &constants,
                  const UnifyOptions &options, UnifiedModel &result);

} // namespace mil
