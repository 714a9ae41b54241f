// The types of models that the format has, by the numbers of their fields in the message Model. milc looks into ML programs (502) and
// pipelines (200, 201, 202); it knows the others by name.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mil {

/// What a model of some type is called, by the number of its field in Model: "neural network classifier" for 403; "" for numbers that the
/// format doesn't have. Source: Model.proto.
llvm::StringRef modelTypeName(int field);
/// The same with the number, for messages: "neural network classifier (403)", "model of unknown type (999)".
std::string describeModelType(int field);

} // namespace mil
