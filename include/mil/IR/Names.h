// Names: the identifiers that MIL allows, and how to make valid and unique ones.
//
//   NameScope names(function);
//   Name name = names.fresh("y");   // "y", or "y_0" if that is used
//
// An identifier matches [A-Za-z_][A-Za-z0-9_@]* and is not a keyword. Source: the rule of MIL.proto, and the words that the sanitiser of
// coremltools avoids.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// Keywords, which can't be names of values: `program`, `func`, `tensor`, type names, ….
bool isReservedWord(llvm::StringRef text);
/// Whether MIL text can contain the name without back-ticks.
bool isIdentifier(llvm::StringRef text);
/// Makes a valid identifier of `text`: other characters become `_`, `prefix` ("var_") is added before a leading digit, and "_workaround"
/// after a keyword.
std::string sanitizedIdentifier(llvm::StringRef text, llvm::StringRef prefix = "var_");

/// The names used in a function, nested blocks included, for making new ones. Keep it up to date with `add` while building.
class NameScope {
public:
  explicit NameScope(Context &context) : context(context) {}
  explicit NameScope(const Function &function);
  void add(Name name) { used.insert(name.str()); }
  bool contains(llvm::StringRef name) const { return used.contains(name); }
  /// Returns `wanted` if it is unused, else `wanted_0`, `wanted_1`, …, and marks it as used. Amortised O(1).
  Name fresh(llvm::StringRef wanted);

private:
  Context &context;
  llvm::StringSet<> used;
  llvm::StringMap<unsigned> nextSuffix;
};

} // namespace mil
