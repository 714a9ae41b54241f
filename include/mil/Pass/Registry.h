// The registry: all passes by name, and how to create them.
//
//   const PassInfo *info = registry.find("dead_code_elimination");
//   std::unique_ptr<Pass> pass = info->make();
//
// It is filled from a list (passes/Registry.def), not by static initialisers, which linkers drop from static libraries.
#pragma once

#include "mil/Pass/Pass.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// The precision with which a pass preserves the values that a program computes.
enum class Keeps : uint8_t {
  Bits,     ///< values are the same, bit for bit
  Rounding, ///< values may differ by rounding
  Half,     ///< values are rounded to fp16
  Nothing,  ///< weights or values are rounded to a few bits
};

/// The name, texts and constructor of a pass.
struct PassInfo {
  llvm::StringRef name;    ///< the name in coremltools, without its namespace
  llvm::StringRef summary; ///< what it does, in one sentence without a full stop
  llvm::StringRef theme;   ///< its heading in lists
  std::unique_ptr<Pass> (*make)() = nullptr;
  /// The differences from the coremltools pass with the same name; "" if there is no relevant one.
  llvm::StringRef differs;
  Keeps keeps = Keeps::Bits;
};

/// All passes and pipelines by name.
class PassRegistry {
public:
  /// Adds a pass. Its name and texts must live as long as the registry.
  void add(const PassInfo &info);
  /// The pass with this name, or null.
  const PassInfo *find(llvm::StringRef name) const;
  /// The pass with the most similar name, for suggestions; null if none is similar. Namespaces of coremltools ("common::") are ignored.
  const PassInfo *nearest(llvm::StringRef name) const;
  /// All passes, in the order in which they were added.
  llvm::ArrayRef<PassInfo> passes() const { return all; }

private:
  std::vector<PassInfo> all;
  llvm::StringMap<size_t> byName;
};

} // namespace mil
