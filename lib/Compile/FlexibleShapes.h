// FlexibleShapeInformation: the function attribute in which a compiled program repeats the sizes that the description allows for flexible
// inputs.
//
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("RangeDims",        {{"x", [[1, 4], [4, 4]]}, …}))
//   (("DefaultShapes", {{"x", [1, 4]}, …}), ("EnumeratedShapes", {{"543d0f94", {{"x", [1, 4]}, …}}, …}))
//
// Only flexible inputs are listed, sorted by name. An image is listed as the array [1, channels, height, width] that is the input of the
// program: this is a guess, because all known functions with unknown sizes have the attribute, but no compiled model with flexible images
// is known. The origin of the labels of enumerated shapes is unknown.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The value of the attribute; null if no input is flexible. An attribute that the function already has is kept if it agrees with the
/// description.
const Literal *flexibleShapeInformation(const Function &function, const FunctionDescription &description);

/// The reason why the attribute is a guess, for messages: inputs with enumerated shapes that have no labels yet, unbounded ranges, …. Empty
/// if the attribute is known.
std::string unknownOfFlexibleShapes(const Function &function, const FunctionDescription &description);

/// Whether the attribute lists images that are missing in the existing attribute of the function.
bool guessesFlexibleImages(const Function &function, const FunctionDescription &description);

} // namespace mil
