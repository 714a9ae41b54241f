// Reads types: each distinct text is parsed once by the generated parser, then looked up.
#pragma once

#include "MILValueParser.h"
#include "Source.h"
#include "SyntaxErrors.h"
#include "TokenCursor.h"
#include "ValueTokens.h"
#include "mil/IR/Type.h"

namespace mil::text {

/// Reads the type at the cursor and advances the cursor. Null (reported) for numbers out of range.
Type typeAt(TokenCursor &cursor, Context &context, Source &source);

/// Reports a mismatch inside a type or value.
Status reportValueMismatch(Source &source, TokenWindow &tokens, const antlr4::Parser &parser, const Mismatch &mismatch);

class TypeReader {
public:
  TypeReader(Context &context, Source &source);
  /// The type in [begin, end) of the text; null (reported) on an error.
  Type read(size_t begin, size_t end);

private:
  Type parse(size_t begin, size_t end);
  Context &context;
  Source &source;
  ValueTokens tokens;
  QuickParser<grammar::MILValueParser> parser;
  llvm::StringMap<Type> known;
};

} // namespace mil::text
