// Type inference: the result types of operations from their arguments.
//
//   Inferred inferred = inferTypes(op, &diags);
//   if (inferred.outcome == Inferred::Outcome::Known)
//     use(inferred.types);
#pragma once

#include "mil/Ops/Args.h"

namespace mil {

/// The result types of an operation, by the definition that is valid in its opset. Unknown (without an error) for ops that the catalogue
/// doesn't have, and if the rank of an argument is unknown. Errors, including those of the arguments, are reported to `diags` unless it is
/// null.
Inferred inferTypes(const Operation &op, DiagnosticEngine *diags);
/// The result types of a bound call.
Inferred inferTypes(const Args &call);

/// Sets the types of all results of a function, including nested blocks, to their inferred types, starting from the types of the inputs.
/// Types that can't be inferred are kept. With `keepPrecise`, known dimensions of the stored type are kept if inference doesn't know them.
/// Returns the number of changed results; failure if a rule failed (reported).
Result<size_t> inferFunction(Function &function, DiagnosticEngine &diags, bool keepPrecise = true);

/// Whether a stored type is compatible with the inferred one: equal, except that unknown dimensions match any.
bool agrees(Type stored, Type inferred);
/// `inferred`, with dimensions that are only known in `stored`. The types must be compatible.
Type merged(Context &context, Type stored, Type inferred);

} // namespace mil
