// Core ML's rules for interfaces, independent of the program.
//
// Core ML rejects a model whose interface violates one of these rules when it is compiled or loaded: an array with an unsupported element
// type, a state that isn't fp16 or int8 with fixed sizes, two features with the same name, a default shape that isn't among the allowed
// ones. Sources: the specification of the format (the parts of each kind of feature), and the validation of models in coremltools.
#pragma once

#include "mil/Verify/Verify.h"

namespace mil {

/// Checks the description of one model, without the models in a pipeline. Programs are also checked for inputs that can't be described at
/// all: those of rank 0.
///
/// `lenient`: unsupported element types and ranks are warnings.
bool checkInterfaceRules(const Model &model, bool lenient, DiagnosticEngine &diags);

} // namespace mil
