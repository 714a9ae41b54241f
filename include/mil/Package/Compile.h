// Compiled models (.mlmodelc): what saveModel writes for an output of that extension.
//
//   X.mlmodelc/model.mil                 the program as text, inputs, arguments and attributes sorted, with two additions:
//                                        the compiler's versions in buildInfo, and each function's FlexibleShapeInformation
//              coremldata.bin            the description (mil/Compile/CompiledModel.h)
//              metadata.json             the same for people and tools, with a count of operations; whoever runs the model doesn't read it
//              analytics/coremldata.bin  the hash of the model file that was compiled
//              weights/…                 the weight files as they were
//   a pipeline has model0/, model1/, … instead of program and weights, and modelNames/coremldata.bin when its models have names
//
// The model is verified first, and the program not changed: nothing is renamed, folded or moved between text and weights. All of it but
// metadata.json, whose keys are sorted here, and the order of user-defined metadata, which is random there, has the same bytes as what Core
// ML's own compiler writes for the same model file. Where that isn't known, because no released file shows it, the model is refused with
// the reason, unless `bestEffort` is set. What is guessed in metadata.json alone is a warning in any case. Source: released models before
// and after compilation.
#pragma once

#include "mil/Compile/CompileOptions.h"

namespace mil {

struct OpenedModel;
struct SaveOptions;
struct SaveResult;

/// Compiles a model as it was opened: its overlays are moved into the description, the hash recorded is that of its file and the class name
/// that of its path. `path` ends in .mlmodelc.
Result<SaveResult> compileModel(OpenedModel &opened, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options);

/// Saves what was opened from a compiled model, or from the text of one, as a package (or in any other form) that compiles to the same
/// again; all constants stay where they are. Verifies it first. Warns of what the text of a program that lies alone doesn't tell.
Result<SaveResult> decompileModel(OpenedModel &opened, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options);

} // namespace mil
