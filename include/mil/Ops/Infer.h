// Type inference: the result types of operations from their arguments.
#pragma once

#include "mil/Ops/Args.h"

namespace mil {

/// The result types of an operation, by the definition in force where it stands. Unknown (without a complaint) for ops that the catalogue
/// doesn't have, and where an argument's rank isn't known. Complaints, about the arguments too, go to `diags` unless it is null.
Inferred inferTypes(const Operation &op, DiagnosticEngine *diags);
/// The result types of a call that has been bound.
Inferred inferTypes(const Args &call);

/// Gives every result of a function, nested blocks included, its inferred type, in order, from the inputs' types on. Where inference can't
/// tell, the type stays. With `keepPrecise`, a dimension that the stored type knows and inference doesn't stays known. Returns how many
/// results changed; failure when a rule failed (reported).
Result<size_t> inferFunction(Function &function, DiagnosticEngine &diags, bool keepPrecise = true);

/// Whether a stored type is one that inference allows: the same, where dimensions that one of them doesn't know match any.
bool agrees(Type stored, Type inferred);
/// `inferred`, with the dimensions that only `stored` knows. The types agree.
Type merged(Context &context, Type stored, Type inferred);

} // namespace mil
