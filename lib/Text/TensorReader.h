// The elements of tensors, decoded from text straight to the bytes of a literal.
//
//   [[0x1p+0, 0x1.8p+1], [0x0p+0, inf]]
//
// Driven by the type, which determines the levels of brackets, the elements per row, and how an element is read. Nothing is allocated for
// elements that the text is too short to hold. This is what reads the large literals, so it is written for speed; the language it reads is
// `literal` of grammar/MILValueParser.g4 as far as a tensor's type allows.
#pragma once

#include "Source.h"
#include "mil/IR/Literal.h"

namespace mil::text {

class TensorReader {
public:
  TensorReader(Context &context, Source &source) : context(context), source(source) {}
  /// The tensor (of any element type) whose elements are the bytes [begin, end) of the text. Null, reported, when they aren't.
  const Literal *read(Type type, size_t begin, size_t end);

private:
  const Literal *readNumbers(Type type, const char *begin, const char *end);
  const Literal *readStrings(Type type, const char *begin, const char *end);
  bool tooMany(Type type, const char *begin, const char *end);
  Context &context;
  Source &source;
};

/// An unsigned integer of 64 bits from text, decimal or hexadecimal; nullopt when it isn't one.
std::optional<uint64_t> parseUnsigned(llvm::StringRef text);

} // namespace mil::text
