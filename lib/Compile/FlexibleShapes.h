// FlexibleShapeInformation: the function attribute in which a compiled program repeats the sizes that the description allows for flexible
// inputs.
//
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("RangeDims",        {{"x", [[1, 4], [4, 4]]}, …}))
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("EnumeratedShapes", {{"543d0f94", {{"x", [1, 4]}, …}}, …}))
//
// Only flexible inputs are listed, sorted by name. An image is listed as the array [1, channels, height, width] that the program takes for
// it: functions with open sizes have the attribute without exception, though no compiled model with flexible images was seen. Where the
// labels of choices come from is not known.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The attribute; null when no input is flexible. An attribute that the function already has is kept if it agrees with the description.
const Literal *flexibleShapeInformation(const Function &function, const FunctionDescription &description);

/// What makes the attribute a guess, for messages: inputs with choices whose labels aren't there yet, ranges without bound, …. Empty when
/// it is known.
std::string unknownOfFlexibleShapes(const Function &function, const FunctionDescription &description);

/// Whether the attribute lists images that the function's own doesn't.
bool guessesFlexibleImages(const Function &function, const FunctionDescription &description);

} // namespace mil
