// Descriptions of models that are text: derives them from the program, and restores the order that text doesn't preserve.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Derives the specification version of a program without one: the version that it needs, and for the text of a compiled model at least
/// that of its dialect.
int deriveSpecificationVersion(const Model &model);

/// Derives a description from the signatures of the functions.
ModelDescription describeProgram(const Program &program);

/// The order of the inputs and then the states of a function in the description: for each, its index among the inputs of the function.
/// nullopt if the names differ.
std::optional<llvm::SmallVector<unsigned>> inputOrder(const Function &function, const FunctionDescription &description);

/// Puts functions into the order of the description, if both have the same functions. Neither text nor messages preserve this order.
void orderFunctions(Program &program, const ModelDescription &description);
/// Does the same, and puts the inputs of each function into the order of `inputOrder`, because text sorts them by name.
void restoreOrder(Program &program, const ModelDescription &description);

/// The extension of the file next to X.mil that describes the model: X.description.json.
inline constexpr llvm::StringLiteral descriptionExtension = ".description.json";
/// The file that describes the text at a path: X.description.json; X.coremldata.bin, which older versions of milc wrote; for a file named
/// model.mil, the coremldata.bin of the compiled model that contains it. Empty if there is none.
std::string descriptionBeside(llvm::StringRef path);

/// The parts of the description that can't be derived from the program, as a list for a message: "an image, 2 flexible shapes, metadata".
std::string describedLosses(const Model &model);

/// Whether the description and version can be derived from text alone, so that no description file is needed.
bool textTellsAll(const Model &model);

} // namespace mil
