// FlexibleShapeInformation: the function attribute in which a compiled program repeats what the description says of flexible inputs.
//
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("RangeDims",        {{"x", [[1, 4], [4, 4]]}, …}))
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("EnumeratedShapes", {{"543d0f94", {{"x", [1, 4]}, …}}, …}))
//
// Only arrays are listed, and of those only flexible ones, sorted by name. Where the labels of choices come from is not known.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The attribute; null when no input is flexible. What the function has already is kept when it says the same as the description.
const Literal *flexibleShapeInformation(const Function &function, const FunctionDescription &description);

/// What makes the attribute a guess, for messages: inputs with choices whose labels aren't there yet, ranges without bound, …. Empty when
/// it is known.
std::string unknownOfFlexibleShapes(const Function &function, const FunctionDescription &description);

} // namespace mil
