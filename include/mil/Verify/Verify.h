// The verifier of what operations mean. Reports every violation of a program, each as a kind of its own, with the operation, the argument,
// what was expected and what was found.
//
//  * Arguments: known, there when required, one where one is wanted, constant where required, of an allowed type, the same type where the
//    signature ties them, one of the choices.
//  * The op: known (a warning; an error when strict), available in its function's opset, its own rules on shapes and values kept. More
//    than rank 5 is a warning: no device runs it, but conversions pass through such programs.
//  * Results: as many as the op has, of types that agree with the inferred ones.
//  * Nested blocks: the number of the op, inputs and outputs as cond and while_loop want them.
//  * States: made by function inputs only, read by read_state, written by write_state.
//  * The model: functions' inputs, outputs and states as the description says; the specification version high enough for what is used; a
//    pipeline's models giving each other what they take.
//  * The interface: what Core ML's own validation of features wants: arrays and states of element types that those have, states of fixed
//    sizes, names once, default shapes among those allowed. What is taken, but fails when it is run, is a warning.
#pragma once

#include "mil/IR/Model.h"
#include "mil/IR/Verifier.h"

namespace mil {

struct VerifyOptions {
  bool strict = false; ///< an unknown op is an error
  /// The model's description was made from the signatures of a text. It can't contradict them then; what Core ML wants of an interface is
  /// asked of it all the same, but element types and ranks that no interface has are warnings, unless strict: texts are also written to
  /// try things out.
  bool descriptionDerived = false;
};

/// The operations of a program whose structure is sound (mil/IR/Verifier.h). Linear in the program.
Status verifyOperations(const Program &program, DiagnosticEngine &diags, const VerifyOptions &options = {});
Status verifyOperations(const Function &function, DiagnosticEngine &diags, const VerifyOptions &options = {});
/// One operation; nested blocks are looked at from outside only.
Status verifyOperation(const Operation &op, DiagnosticEngine &diags, const VerifyOptions &options = {});
/// A whole model: structure, operations, agreement with its description, specification version. Pipelines are verified model by model.
Status verifyModel(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options = {});
/// Whether the description says what the program does: functions, inputs, outputs and states of the same names and types. The structure of
/// the program must be sound.
Status verifyDescription(const Model &model, DiagnosticEngine &diags);
/// The interface alone, of a model and the models in it: what verifyModel asks of it by Core ML's rules, whatever the program does. Saving a
/// package or a bare model asks it.
Status verifyInterface(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options = {});

} // namespace mil
