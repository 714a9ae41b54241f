// How models are compiled: which compiler's output is reproduced, and what happens where that output isn't known.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <string>

namespace mil {

struct CompileOptions {
  /// The versions of Core ML's compiler and of its MIL component that buildInfo names. They decide what metadata.json has, too.
  std::string compilerVersion = "3600.25.1";
  std::string milVersion = "3600.16.1";
  /// Write what isn't known as it may well be, with a warning, instead of refusing it.
  bool bestEffort = false;
  /// What metadata.json proposes as the name of a class; characters that can't be in one become `_`. Empty: the output's name.
  std::string className;
  /// The model file whose hash and name analytics/coremldata.bin records. Empty: the message that the model would be exported as, "model".
  std::string modelFile;
};

/// The MIL component's version that a released compiler of that version names; empty for one that is not known. Several may have been
/// released: the newest.
llvm::StringRef milVersionOf(llvm::StringRef compilerVersion);

} // namespace mil
