// Renaming a value everywhere its name stands.
//
// In a program a value's name is its own affair: what reads it refers to it, not to the name. But inputs and outputs of functions are known
// by their names outside as well: the description's features, a classifier's predicted feature, and the attribute FlexibleShapeInformation
// of compiled models go by them.
//
//   renameValue(model, *function.inputs()[0], context.intern("image"));
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Gives a value of the model's program a name, which must be an identifier that is free in its function. Linear in the features of the
/// function.
void renameValue(Model &model, Value &value, Name name);

} // namespace mil
