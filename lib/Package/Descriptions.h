// Descriptions of models that are text: deriving them from the program, and restoring the order that text doesn't keep.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The specification version that follows from a program that came without one: what it needs, and for the text of a compiled model at
/// least what its dialect tells.
int deriveSpecificationVersion(const Model &model);

/// The description that follows from the functions' signatures alone.
ModelDescription describeProgram(const Program &program);

/// The order in which the description names a function's inputs, then its states: for each, its place among the function's inputs. nullopt
/// unless both name the same ones.
std::optional<llvm::SmallVector<unsigned>> inputOrder(const Function &function, const FunctionDescription &description);

/// Puts functions into the order in which the description names them, when both name the same ones. Neither text nor messages keep it.
void orderFunctions(Program &program, const ModelDescription &description);
/// Does so, and puts each function's inputs into the order of `inputOrder`: text sorts those by name.
void restoreOrder(Program &program, const ModelDescription &description);

/// What the file beside X.mil that describes the model is called: X.description.json.
inline constexpr llvm::StringLiteral descriptionExtension = ".description.json";
/// The file that describes the text at a path: X.description.json; X.coremldata.bin, which milc wrote before; for a file named model.mil,
/// the coremldata.bin of the compiled model that it is in. Empty when there is none.
std::string descriptionBeside(llvm::StringRef path);

/// The content of the model's description that doesn't follow from its program, as a list for a message: "an image, 2 flexible shapes,
/// metadata".
std::string describedLosses(const Model &model);

/// Whether text alone would give back the model's description and version: no file is needed beside it.
bool textTellsAll(const Model &model);

} // namespace mil
