// Prints types, names and literals.
#pragma once

#include "PrintBuffer.h"
#include "mil/Text/Printer.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Allocator.h"

namespace mil::text {

class LiteralPrinter {
public:
  LiteralPrinter(PrintBuffer &out, const PrintOptions &options, bool dialect13) : out(out), options(options), dialect13(dialect13) {}

  void type(Type type) { out << typeText(type); }
  /// Prints a name: unquoted if it is an identifier, else in back-ticks.
  void name(Name name) { out << nameText(name); }
  /// Prints a literal as `type(value)`.
  void value(const Literal &literal);

private:
  llvm::StringRef typeText(Type type);
  llvm::StringRef nameText(Name name);
  void inside(const Literal &literal);
  void item(const Literal &literal);
  void items(llvm::ArrayRef<const Literal *> literals);
  void tensor(const Literal &literal);
  void elided(Type type);
  void blob(llvm::StringRef path, uint64_t offset);
  template <typename Element> void rows(Type type, uint64_t count, Element element);
  template <typename Element> void run(uint64_t first, uint64_t count, Element &element);

  PrintBuffer &out;
  const PrintOptions &options;
  bool dialect13;
  /// The number of enclosing dictionaries. Doubles in dictionaries are printed in decimal, as by Apple's compiler.
  unsigned dictionaries = 0;
  llvm::BumpPtrAllocator texts;
  llvm::DenseMap<Type, llvm::StringRef> typeTexts;
  llvm::DenseMap<Name, llvm::StringRef> nameTexts;
};

} // namespace mil::text
