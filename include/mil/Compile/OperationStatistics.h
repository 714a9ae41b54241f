// What metadata.json tells of a program's operations: how many there are of each type, and in which element types they compute and store.
#pragma once

#include "mil/IR/Program.h"
#include <map>
#include <set>
#include <string>

namespace mil {

/// What metadata.json says without it being known that the compiler would, each once, for a message.
using Guesses = std::set<std::string>;

struct OperationStatistics {
  /// Operations by type as the compiler names them ("Ios16.conv", "Silu"), `const` left out, nested ones included.
  std::map<std::string, size_t> histogram;
  /// Element types of what operations take and give, bool and strings left out ("Float16").
  std::set<std::string> compute;
  /// Those of constants in weight files, and kinds of compression ("Palettized (6 bits)").
  std::set<std::string> storage;

  void add(const Function &function, Guesses &guesses);
};

/// "Float16", or "Mixed (Float16, Int32)" for several; empty for none.
std::string printPrecision(const std::set<std::string> &types);

/// An op's type as the histogram has it. The prefix names the opset in which Core ML defined the op anew last.
std::string histogramName(llvm::StringRef op, Opset opset, Guesses &guesses);

} // namespace mil
