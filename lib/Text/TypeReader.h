// Types: parsed by the generated parser once a distinct text, then found by that text.
#pragma once

#include "MILValueParser.h"
#include "Source.h"
#include "SyntaxErrors.h"
#include "ValueTokens.h"
#include "mil/IR/Type.h"

namespace mil::text {

/// The type at the tokens from `i` on, which the grammar has accepted; `i` moves behind it. Null, reported, for numbers out of range.
Type typeAt(TokenWindow &tokens, size_t &i, Context &context, Source &source);

/// What kinds of MILValueLexer's tokens are called in messages.
const char *valueTokenName(size_t type);

/// Reports a mismatch inside of a type or value.
Status reportValueMismatch(Source &source, TokenWindow &tokens, const Mismatch &mismatch);

class TypeReader {
public:
  TypeReader(Context &context, Source &source);
  /// The type that [begin, end) of the text says; null, reported, when it says none.
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
