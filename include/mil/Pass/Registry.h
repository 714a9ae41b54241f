// The registry: which passes there are, by name, and how each is made.
//
// It is filled by hand from a list (passes/Registry.def), not by static initialisers, which linkers drop from static libraries.
#pragma once

#include "mil/Pass/Pass.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// How near the values that a program computes stay to what they were.
enum class Keeps : uint8_t {
  Bits,     ///< operations compute the same, bit for bit
  Rounding, ///< what is computed otherwise rounds otherwise
  Half,     ///< values are rounded to fp16
  Nothing,  ///< weights or values are rounded to a few bits
};

struct PassInfo {
  llvm::StringRef name;    ///< as coremltools names it, without its name space
  llvm::StringRef summary; ///< what it does, in a sentence without a full stop
  llvm::StringRef theme;   ///< the heading under which lists show it
  std::unique_ptr<Pass> (*make)() = nullptr;
  /// Where it behaves otherwise than coremltools' pass of that name: "" for nowhere that matters.
  llvm::StringRef differs;
  Keeps keeps = Keeps::Bits;
};

class PassRegistry {
public:
  /// Names and texts must live as long as the registry.
  void add(const PassInfo &info);
  const PassInfo *find(llvm::StringRef name) const;
  /// The pass of nearly that name, to suggest; null when none is near. Name spaces of coremltools ("common::") are understood.
  const PassInfo *nearest(llvm::StringRef name) const;
  /// In the order in which they were added.
  llvm::ArrayRef<PassInfo> passes() const { return all; }

private:
  std::vector<PassInfo> all;
  llvm::StringMap<size_t> byName;
};

} // namespace mil
