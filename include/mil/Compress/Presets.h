// Presets: schemes with a name, for who doesn't want to write a configuration.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil {

struct Preset {
  llvm::StringRef name;
  llvm::StringRef summary;     ///< what it does, and when to take it
  llvm::StringRef needs;       ///< the opset
  double bits;                 ///< of an fp16 weight's 16 that stay, about
  std::vector<Scheme> schemes; ///< one after the other
};

llvm::ArrayRef<Preset> presets();
const Preset *findPreset(llvm::StringRef name);

/// The schemes among which a size or an error is chosen.
llvm::ArrayRef<Scheme> schemesToChooseFrom();

} // namespace mil
