// Presets: named schemes, so that no configuration has to be written.
//
//   if (const Preset *preset = findPreset("4bit-palette"))
//     use(preset->schemes);
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil {

/// A named scheme, or several that are applied one after the other.
struct Preset {
  llvm::StringRef name;
  llvm::StringRef summary;     ///< what it does, and when to use it
  llvm::StringRef needs;       ///< the opset
  double bits;                 ///< approximate bits per element of an fp16 weight
  std::vector<Scheme> schemes; ///< one after the other
};

/// All presets, in the order in which they are listed.
llvm::ArrayRef<Preset> presets();
/// The preset with this name, or null.
const Preset *findPreset(llvm::StringRef name);

/// The schemes to choose from for a given size or error.
llvm::ArrayRef<Scheme> schemesToChooseFrom();

} // namespace mil
