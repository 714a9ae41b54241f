// What text says of a model, and what its description adds: deriving descriptions, and putting back the order that text doesn't keep.
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

/// Whether text alone would give back the model's description and version: no coremldata.bin is needed beside it.
bool textTellsAll(const Model &model);

} // namespace mil
