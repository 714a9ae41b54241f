// Finds the differences between two functions.
#pragma once

#include "Fingerprints.h"
#include "mil/Diff/Diff.h"

namespace mil {

/// The state that the comparisons of all functions of two models share.
struct DiffState {
  const Model &before, &after;
  const DiffOptions &options;
  DiagnosticEngine &diags;
  Fingerprints fingerprints = {};
};

/// Compares two functions; `describedBefore` and `describedAfter` are their descriptions.
Result<FunctionDifference> diffFunctions(const Function &before, const FunctionDescription &describedBefore, const Function &after,
                                         const FunctionDescription &describedAfter, DiffState &state);

/// The number of operations of a function, including nested ones, without constants.
size_t countOperations(const Function &function);

/// Adds a difference if two texts differ; an empty text means that it doesn't exist.
void addDifference(std::vector<Difference> &list, std::string what, std::string before, std::string after);
/// A constant as a text of bounded length, on one line: `[1, 2]`, `true`, `fp16 0.5`, `"same"`; for large constants only the type.
std::string shortText(const Literal &literal);
/// Compares lists of features by name, with their types in the program if they have any. `kind`: "input".
void diffFeatures(std::vector<Difference> &list, llvm::StringRef kind, llvm::ArrayRef<FeatureDescription> before,
                  llvm::ArrayRef<FeatureDescription> after, const Function *functionBefore, const Function *functionAfter);

} // namespace mil
