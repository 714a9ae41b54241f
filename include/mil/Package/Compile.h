// Compiled models (.mlmodelc): the output of saveModel for this extension.
//
//   X.mlmodelc/model.mil                 the program as text, inputs, arguments and attributes sorted, with two additions:
//                                        the compiler's versions in buildInfo, and each function's FlexibleShapeInformation
//              coremldata.bin            the description (mil/Compile/CompiledModel.h)
//              metadata.json             the same for people and tools, with a count of operations; Core ML doesn't read it
//              analytics/coremldata.bin  the hash of the compiled model file
//              weights/…                 the unchanged weight files
//   a pipeline has model0/, model1/, … instead of program and weights, and modelNames/coremldata.bin when its models have names
//
// The model is verified first. The program is not changed: nothing is renamed, folded or moved between text and weights. The output has the
// same bytes as that of Core ML's own compiler for the same model file, except for the order of keys in metadata.json, which are sorted
// here, and of user-defined metadata, which is random there. If that output isn't known, because no released file shows it, the model is
// not compiled and the reason is reported, unless `bestEffort` is set. Guesses that only affect metadata.json are always warnings. Source:
// released models before and after compilation.
#pragma once

#include "mil/Compile/CompileOptions.h"

namespace mil {

struct OpenedModel;
struct SaveOptions;
struct SaveResult;

/// Compiles an opened model: its overlays are moved into the description, the recorded hash is that of its file, and the class name is
/// taken from its path. `path` ends in .mlmodelc.
Result<SaveResult> compileModel(OpenedModel &opened, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options);

/// Saves a compiled model, or its text, as a package (or in any other form) that compiles to the same model again; all constants keep their
/// place. Verifies it first. Warns about information that is missing if only the text of the program was opened.
Result<SaveResult> decompileModel(OpenedModel &opened, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options);

} // namespace mil
