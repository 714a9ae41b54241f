// Names: what MIL allows as an identifier, and making valid and unique ones.
//
// An identifier matches [A-Za-z_][A-Za-z0-9_@]* and is not a word of the language. Source: the rule of MIL.proto, and the words that the
// reference's own sanitiser avoids.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// Words that can't name a value: `program`, `func`, `tensor`, type names, ….
bool isReservedWord(llvm::StringRef text);
/// Whether text can print it as a bare identifier.
bool isIdentifier(llvm::StringRef text);
/// A valid identifier near `text`: other characters become `_`, a leading digit gets `prefix` in front ("var_"), a reserved word
/// "_workaround" behind.
std::string sanitizedIdentifier(llvm::StringRef text, llvm::StringRef prefix = "var_");

/// The names in use in a function, nested blocks included, for making new ones. Keep it up to date with `add` while building.
class NameScope {
public:
  explicit NameScope(Context &context) : context(context) {}
  explicit NameScope(const Function &function);
  void add(Name name) { used.insert(name.str()); }
  bool contains(llvm::StringRef name) const { return used.contains(name); }
  /// `wanted` itself when it is free, else `wanted_0`, `wanted_1`, …; taken from then on. Amortised O(1).
  Name fresh(llvm::StringRef wanted);

private:
  Context &context;
  llvm::StringSet<> used;
  llvm::StringMap<unsigned> nextSuffix;
};

} // namespace mil
