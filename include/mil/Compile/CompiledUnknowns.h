// What of a model Core ML's compiler may well compile, but no released file shows how.
#pragma once

#include "mil/Compile/CompileOptions.h"
#include "mil/IR/Model.h"

namespace mil {

/// Reports each kind of such a thing once, where it is met first: an error, or a warning with `bestEffort`. And what can't be compiled at
/// all: models of other types or without description.
Status checkCompilable(const Model &model, bool bestEffort, DiagnosticEngine &diags);

} // namespace mil
