// What Core ML requires of an interface, independent of the program.
//
// A model whose interface breaks one of these rules is refused by Core ML when it is compiled or loaded: an array of an element type that
// arrays don't have, a state that isn't fp16 or int8 of fixed sizes, two features of one name, a default shape that isn't among those
// allowed. Source: the rules of the format (which features have which parts), and what coremltools' validation of models refuses.
#pragma once

#include "mil/Verify/Verify.h"

namespace mil {

/// Checks one model's description, without the models in it. Features of programs are also compared with what can't be described at all:
/// inputs of rank 0.
///
/// `lenient`: unsupported element types and ranks are warnings.
bool checkInterfaceRules(const Model &model, bool lenient, DiagnosticEngine &diags);

} // namespace mil
