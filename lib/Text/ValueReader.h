// Reads values, `type(literal)`, from the text of one token.
//
// Tensors are read by TensorReader; lists, tuples, dictionaries and BLOBFILE are parsed by the generated parser, then converted according
// to their type. A short text that was read before gives the same literal.
#pragma once

#include "TensorReader.h"
#include "TypeReader.h"
#include "mil/IR/Literal.h"
#include "mil/Weights/BlobFile.h"

namespace mil::text {

class ValueReader {
public:
  ValueReader(Context &context, Source &source, BlobResolver *blobs);
  /// The literal of a VALUE token; null after an error.
  const Literal *read(const Token &token);
  /// The type of a TYPE or SCALAR token; null after an error.
  Type readType(const Token &token) { return types.read(token.begin, token.end); }

private:
  const Literal *parse(const Token &token);
  const Literal *simpleString(const Token &token);
  const Literal *literal(Type type, size_t begin, size_t end);
  const Literal *compound(Type type, size_t begin, size_t end);
  const Literal *item(Type type, TokenCursor &cursor);
  const Literal *element(Type type, TokenCursor &cursor);
  const Literal *tensorItem(Type type, TokenCursor &cursor);
  const Literal *listItem(Type type, TokenCursor &cursor);
  const Literal *tupleItem(Type type, TokenCursor &cursor);
  const Literal *dictItem(Type type, TokenCursor &cursor);
  const Literal *blobItem(Type type, TokenCursor &cursor);
  std::optional<std::string> pathField(TokenCursor &cursor);
  std::optional<uint64_t> offsetField(TokenCursor &cursor);
  const Token *scalarField(TokenCursor &cursor, size_t kind, const char *what);
  const Literal *expected(const Token &found, const char *what);

  Context &context;
  Source &source;
  BlobResolver *blobs;
  TypeReader types;
  TensorReader tensors;
  ValueTokens tokens;
  QuickParser<grammar::MILValueParser> parser;
  llvm::StringMap<const Literal *> known;
  Type stringType;
};

} // namespace mil::text
