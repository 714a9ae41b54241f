// The interface of functions, for passes that change it: the values of the program and the features that describe them, together.
//
// A model describes the inputs, outputs and states of its functions as features of the same names. A program alone has no description; then
// only values change.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Gives an input or output of a function (a value of its body) another name, in the program and in the description: also as a state and
/// as the predicted feature. The name must be free in the function.
void renameInterface(Function &function, Model *model, Value &value, llvm::StringRef name);

/// Lets the description say that an array of the interface has another element type, where it says one. `isOutput` tells an input from an
/// output of the same name.
void retypeInterface(Function &function, Model *model, llvm::StringRef name, bool isOutput, DType type);

/// Whether an array or image of the interface may have a shape, by its default shape and the sizes that it allows; features of other types
/// and without a type may have any.
bool allowsShape(const FeatureDescription &feature, llvm::ArrayRef<int64_t> shape);
/// Gives an array or image that shape, and no other.
void fixShape(FeatureDescription &feature, llvm::ArrayRef<int64_t> shape);

/// The features of a kind by their name; null for none.
FeatureDescription *findFeature(std::vector<FeatureDescription> &features, llvm::StringRef name);
/// The description of a function; null when there is none.
FunctionDescription *descriptionOf(const Function &function, Model *model);

} // namespace mil
