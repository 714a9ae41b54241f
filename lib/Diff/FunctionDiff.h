// What changed between two functions.
#pragma once

#include "Fingerprints.h"
#include "mil/Diff/Diff.h"

namespace mil {

/// What the comparisons of all functions of two models share.
struct DiffState {
  const Model &before, &after;
  const DiffOptions &options;
  DiagnosticEngine &diags;
  Fingerprints fingerprints = {};
};

/// Compares two functions; `describedBefore` and `describedAfter` are their descriptions.
Result<FunctionDifference> diffFunctions(const Function &before, const FunctionDescription &describedBefore, const Function &after,
                                         const FunctionDescription &describedAfter, DiffState &state);

/// Operations of a function and the blocks within, constants not counted.
size_t countOperations(const Function &function);

/// Adds a difference when two texts differ; an empty one isn't there.
void addDifference(std::vector<Difference> &list, std::string what, std::string before, std::string after);
/// A constant as a text of bounded length, on one line: `[1, 2]`, `true`, `fp16 0.5`, `"same"`; of large ones the type.
std::string shortText(const Literal &literal);
/// Compares lists of features by name, with the types that the program gives them where it has some. `kind`: "input".
void diffFeatures(std::vector<Difference> &list, llvm::StringRef kind, llvm::ArrayRef<FeatureDescription> before,
                  llvm::ArrayRef<FeatureDescription> after, const Function *functionBefore, const Function *functionAfter);

} // namespace mil
