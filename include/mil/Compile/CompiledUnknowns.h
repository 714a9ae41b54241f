// Detects parts of a model for which the output of Core ML's compiler is unknown, because no released file contains them.
#pragma once

#include "mil/Compile/CompileOptions.h"
#include "mil/IR/Model.h"

namespace mil {

/// Reports each kind once, at its first occurrence, as an error, or as a warning with `bestEffort`. Also reports models that can't be
/// compiled at all: those of other types or without a description.
Status checkCompilable(const Model &model, bool bestEffort, DiagnosticEngine &diags);

} // namespace mil
