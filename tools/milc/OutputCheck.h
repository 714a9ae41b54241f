// `--check[=N]` of commands that copy programs to other files: reads the output back, runs it, and compares the results with those of its
// sources.
#pragma once

#include "CommandLine.h"
#include "mil/Run/Check.h"

namespace milc {

/// A function of an input, and its name in the output; "" for the default function.
struct CheckedFunction {
  const mil::Model *source = nullptr;
  std::string function, written;
  bool isSlice = false; ///< the output contains a part of the function
};

/// The option and the check.
class OutputCheck {
public:
  void addTo(CLI::App &app);
  explicit operator bool() const { return option->count() != 0; }
  /// Reports an error for standard output, which can't be read back; returns the exit status.
  std::optional<int> refuse(const CommandLine &line, llvm::StringRef path) const;
  /// Checks that each function computes the same bits as the function from which it was made. If `prints`, prints the number of checked
  /// functions.
  mil::Status run(llvm::StringRef path, llvm::ArrayRef<CheckedFunction> functions, mil::DiagnosticEngine &diags, bool prints = true) const;

private:
  CLI::Option *option = nullptr;
  unsigned samples = 0;
};

} // namespace milc
