// `--check[=N]` of commands that move programs from file to file: what was written is read back and run beside what it came from.
#pragma once

#include "CommandLine.h"
#include "mil/Run/Check.h"

namespace milc {

/// A function of an input, and what it is called in the output; "" for the default function.
struct CheckedFunction {
  const mil::Model *source = nullptr;
  std::string function, written;
  bool isSlice = false; ///< the output has a part of the function
};

class OutputCheck {
public:
  void addTo(CLI::App &app);
  explicit operator bool() const { return option->count() != 0; }
  /// Refuses standard output, which can't be read back; the exit status.
  std::optional<int> refuse(const CommandLine &line, llvm::StringRef path) const;
  /// Whether each function computes, to the bit, what the one that it came from does. Prints how many were checked, if `prints`.
  mil::Status run(llvm::StringRef path, llvm::ArrayRef<CheckedFunction> functions, mil::DiagnosticEngine &diags, bool prints = true) const;

private:
  CLI::Option *option = nullptr;
  unsigned samples = 0;
};

} // namespace milc
