// Renaming a value wherever its name is used.
//
// Within a program, operations refer to the value, not to its name. But the description's features, a classifier's predicted feature and
// the attribute FlexibleShapeInformation of compiled models refer to inputs and outputs of functions by name.
//
//   renameValue(model, *function.inputs()[0], context.intern("image"));
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Renames a value of the model's program. The name must be an identifier that is not used in the function. Linear in the features of the
/// function.
void renameValue(Model &model, Value &value, Name name);

} // namespace mil
