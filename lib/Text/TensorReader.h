// Reads the elements of tensors from text directly into the bytes of a literal.
//
//   [[0x1p+0, 0x1.8p+1], [0x0p+0, inf]]
//
// The type determines the levels of brackets, the number of elements per row, and how an element is read. No memory is allocated for
// elements that the text is too short to contain. Large literals are read here, so the code is optimized for speed; it accepts the part of
// the rule `literal` of grammar/MILValueParser.g4 that a tensor type allows.
#pragma once

#include "Source.h"
#include "mil/IR/Literal.h"

namespace mil::text {

class TensorReader {
public:
  TensorReader(Context &context, Source &source) : context(context), source(source) {}
  /// Reads a tensor of any element type from the bytes [begin, end) of the text. Null (reported) on an error.
  const Literal *read(Type type, size_t begin, size_t end);

private:
  const Literal *readNumbers(Type type, const char *begin, const char *end);
  const Literal *readStrings(Type type, const char *begin, const char *end);
  bool tooMany(Type type, const char *begin, const char *end);
  Context &context;
  Source &source;
};

/// Reads an unsigned integer of 64 bits, decimal or hexadecimal; nullopt on an error.
std::optional<uint64_t> parseUnsigned(llvm::StringRef text);

} // namespace mil::text
