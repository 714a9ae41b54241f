// The model types of the format, by their field numbers in the message Model. milc reads ML programs (502) and pipelines (200, 201, 202).
// Other types are only known by their names.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <optional>
#include <string>

namespace mil {

struct Model;

/// The name of a model type by its field number in Model: "neural network classifier" for 403; "" for unknown numbers. Source: Model.proto.
llvm::StringRef modelTypeName(int field);
/// The same with the number, for messages: "neural network classifier (403)", "model of unknown type (999)".
std::string describeModelType(int field);

/// The number of the model that `selector` selects in a pipeline of `count` models. `selector` is the name of a model, or its number from
/// 0; nullopt if there is no such model.
std::optional<size_t> selectedModel(llvm::ArrayRef<std::string> names, size_t count, llvm::StringRef selector);
/// A placeholder for a model of a pipeline that isn't read: a model of an unknown type, without content.
std::unique_ptr<Model> unreadModel();

} // namespace mil
