// The interface of a function as JSON, for bindings of other languages: read as a whole, changed feature by feature.
//
//   {"name": "main",
//    "inputs": [{"name": "x", "description": "", "optional": false,
//                "type": {"kind": "multiArray", "dtype": "fp16", "shape": [1, 8], "ranges": [[1, 4], [8, 8]]}}],
//    "outputs": […], "states": […], "predictedFeature": "", "predictedProbabilities": ""}
//
// include/mil-c/model.h lists the types. Protobuf fields unknown to milc are kept where a feature keeps its type.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

std::string interfaceAsJson(const FunctionDescription &description);

/// Changes a feature by the members that `json` has: "description", "optional", "type". Fails, reported, when that is no such object, or
/// the type is none. The feature is as it was then. "name" is left to the caller: see renameValue.
Status changeFeature(FeatureDescription &feature, llvm::StringRef json, DiagnosticEngine &diags);
/// The member "name"; "" when there is none.
std::string newNameOf(llvm::StringRef json);

} // namespace mil
