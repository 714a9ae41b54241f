// States whose sizes differ between functions.
#pragma once

#include "SizeExpressions.h"

namespace mil {

/// Gives each state of `unified` its largest size in any function; only its beginning is read and written. `first`: the first of the
/// aligned functions. Fails (reported) if a size of a state doesn't follow from the sizes of the inputs.
Status enlargeStates(UnifiedFunction &unified, const Alignment &alignment, const Function &first, Sizes &sizes);

} // namespace mil
