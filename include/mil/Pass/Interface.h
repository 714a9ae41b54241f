// Changing the interface of functions in passes: values of the program together with the features that describe them.
//
//   renameInterface(function, run.model, *function.inputs()[0], "image");
//
// A model describes the inputs, outputs and states of its functions as features with the same names. A program without a model has no
// description; then only its values change.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Renames an input or output of a function (a value of its body) in the program and in the description, including states and the predicted
/// feature. The name must be unused in the function.
void renameInterface(Function &function, Model *model, Value &value, llvm::StringRef name);

/// Changes the element type of an array in the description, if it has one. `isOutput` distinguishes an input from an output of the same
/// name.
void retypeInterface(Function &function, Model *model, llvm::StringRef name, bool isOutput, DType type);

/// Whether the description of an array or image allows a shape, by its default shape and its flexible sizes; features of other types and
/// without a type allow any.
bool allowsShape(const FeatureDescription &feature, llvm::ArrayRef<int64_t> shape);
/// Fixes the shape of an array or image.
void fixShape(FeatureDescription &feature, llvm::ArrayRef<int64_t> shape);

/// The feature of a kind with a name, or null.
FeatureDescription *findFeature(std::vector<FeatureDescription> &features, llvm::StringRef name);
/// The description of a function, or null.
FunctionDescription *descriptionOf(const Function &function, Model *model);

} // namespace mil
