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

/// The interface of a function as JSON, as shown above.
std::string interfaceAsJson(const FunctionDescription &description);

/// Changes a feature by the members of `json`: "description", "optional", "type". Fails (reported) if it isn't such an object or the type
/// is invalid; the feature is unchanged then. "name" must be handled by the caller, see renameValue.
Status changeFeature(FeatureDescription &feature, llvm::StringRef json, DiagnosticEngine &diags);
/// The member "name"; "" if it is missing.
std::string newNameOf(llvm::StringRef json);

} // namespace mil
