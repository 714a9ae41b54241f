// Options of compiling: the compiler version to reproduce, and how to handle cases in which Core ML's output isn't known.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <string>

namespace mil {

/// Options of compiling.
struct CompileOptions {
  /// The versions of Core ML's compiler and of its MIL component in buildInfo. They also determine the content of metadata.json.
  std::string compilerVersion = "3600.25.1";
  std::string milVersion = "3600.16.1";
  /// Guess output that isn't known, with a warning, instead of reporting an error.
  bool bestEffort = false;
  /// The class name in metadata.json; invalid characters become `_`. Empty: the name of the output.
  std::string className;
  /// The model file whose hash and name are written to analytics/coremldata.bin. Empty: the exported model, named "model".
  std::string modelFile;
};

/// The version of the MIL component that belongs to a released compiler version; the newest if there are several; empty if the version is
/// unknown.
llvm::StringRef milVersionOf(llvm::StringRef compilerVersion);

} // namespace mil
