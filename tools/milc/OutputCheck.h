// `--check[=N]` of commands that copy programs from file to file: the output is read back, and its results are compared with the source's.
#pragma once

#include "CommandLine.h"
#include "mil/Run/Check.h"

namespace milc {

/// A function of an input, and its name in the output; "" for the default function.
struct CheckedFunction {
  const mil::Model *source = nullptr;
  std::string function, written;
  bool isSlice = false; ///< the output only has a part of the function
};

/// The option and the check.
class OutputCheck {
public:
  void addTo(CLI::App &app);
  explicit operator bool() const { return option->count() != 0; }
  /// Refuses standard output, which can't be read back; returns the exit status.
  std::optional<int> refuse(const CommandLine &line, llvm::StringRef path) const;
  /// Checks that the results of each function are bit-identical to those of its source. With `prints`, prints the number of checked
  /// functions.
  mil::Status run(llvm::StringRef path, llvm::ArrayRef<CheckedFunction> functions, mil::DiagnosticEngine &diags, bool prints = true) const;

private:
  CLI::Option *option = nullptr;
  unsigned samples = 0;
};

} // namespace milc
