// The verifier of operations and models. It reports every violation, each with its own kind of diagnostic, which names the operation, the
// argument, the expected and the found value.
//
//   if (!verifyModel(model, diags))
//     return failure();
//
//  * Arguments: known, given if required, the right number of bindings, constant if required, of an allowed type, of the same type as other
//    arguments with the same type variable, one of the choices.
//  * The op: known (else a warning, or an error if strict), available in the opset of its function, consistent shapes and values. A rank
//    above 5 is a warning: no device runs it, but it occurs temporarily in conversions.
//  * Results: as many as the op has, with types that are compatible with the inferred ones.
//  * Nested blocks: as many as the op has, with the inputs and outputs that cond and while_loop require.
//  * States: only function inputs, read by read_state and written by write_state.
//  * The model: inputs, outputs and states of functions match the description; the specification version is high enough for the features
//    that are used; the models of a pipeline connect.
//  * The interface: the rules of Core ML's own validation: supported element types of arrays and states, states of fixed sizes, unique
//    names, default shapes among the allowed ones. Interfaces that Core ML accepts but that fail at run time are warnings.
#pragma once

#include "mil/IR/Model.h"
#include "mil/IR/Verifier.h"

namespace mil {

/// Options of verifying.
struct VerifyOptions {
  bool strict = false; ///< an unknown op is an error, and the masks of sparse weights in files must have the right number of ones
  /// The model is text: unsupported element types and ranks of inputs and outputs are only warnings, unless strict, because no device loads
  /// text as it is, and it is also written for experiments.
  bool isText = false;
};

/// Verifies the operations of a program with valid structure (mil/IR/Verifier.h). Linear in the program.
Status verifyOperations(const Program &program, DiagnosticEngine &diags, const VerifyOptions &options = {});
Status verifyOperations(const Function &function, DiagnosticEngine &diags, const VerifyOptions &options = {});
/// Verifies one operation; of nested blocks only the inputs and outputs.
Status verifyOperation(const Operation &op, DiagnosticEngine &diags, const VerifyOptions &options = {});
/// Verifies a whole model: structure, operations, agreement with the description, specification version; all models of a pipeline.
Status verifyModel(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options = {});
/// Verifies that the description matches the program: the same functions, inputs, outputs and states with the same names and types. The
/// structure of the program must be valid.
Status verifyDescription(const Model &model, DiagnosticEngine &diags);
/// Verifies only the interface of a model, and of the models in a pipeline, by Core ML's rules. Called when a package or a bare model is
/// saved.
Status verifyInterface(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options = {});

} // namespace mil
