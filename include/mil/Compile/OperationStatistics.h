// Statistics of a program's operations for metadata.json: the number of each type, and the element types in which they compute and store.
#pragma once

#include "mil/IR/Program.h"
#include <map>
#include <set>
#include <string>

namespace mil {

/// Values in metadata.json that are guesses, each once, for a message.
using Guesses = std::set<std::string>;

/// Statistics of the functions added so far.
struct OperationStatistics {
  /// Operations by type as the compiler names them ("Ios16.conv", "Silu"), `const` left out, nested ones included.
  std::map<std::string, size_t> histogram;
  /// Element types of arguments and results, without bool and strings ("Float16").
  std::set<std::string> compute;
  /// Element types of constants in weight files, and kinds of compression ("Palettized (6 bits)").
  std::set<std::string> storage;

  /// Adds the operations of a function. Guessed values are added to `guesses`.
  void add(const Function &function, Guesses &guesses);
};

/// "Float16", or "Mixed (Float16, Int32)" for several; empty for none.
std::string printPrecision(const std::set<std::string> &types);

/// The type of an op as written in the histogram. The prefix is the opset of its last redefinition in Core ML.
std::string histogramName(llvm::StringRef op, Opset opset, Guesses &guesses);

} // namespace mil
