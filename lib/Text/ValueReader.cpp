#include "ValueReader.h"
#include "MILValueLexer.h"
#include "Quoting.h"
#include "Scanning.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Text/DiagnosticKinds.h"
#include "mil/Text/Parser.h"

using ValueLexer = mil::grammar::MILValueLexer;

namespace mil::text {

ValueReader::ValueReader(Context &context, Source &source, BlobResolver *blobs)
    : context(context), source(source), blobs(blobs), types(context, source), tensors(context, source), tokens(source.text, 0, 0),
      parser(&tokens), stringType(Type::scalar(context, DType::String)) {
  prepareParser(parser);
}

const Literal *ValueReader::read(const Token &token) {
  if (const Literal *text = simpleString(token))
    return text;
  // Longer texts seldom come twice.
  constexpr size_t longest = 96;
  if (token.end - token.begin > longest)
    return parse(token);
  llvm::StringRef text = tokens.str(token);
  if (auto found = known.find(text); found != known.end())
    return found->second;
  const Literal *literal = parse(token);
  // Names and offsets of blobs are each written once, mostly.
  if (literal && literal->kind() != Literal::Kind::Blob && literal->kind() != Literal::Kind::Strings)
    known.try_emplace(text, literal);
  return literal;
}

/// `string("…")` without blanks and escapes, which every operation has for its name; null for anything else.
const Literal *ValueReader::simpleString(const Token &token) {
  llvm::StringRef text = tokens.str(token);
  if (!text.consume_front("string(\"") && !text.consume_front("tensor<string, []>(\""))
    return nullptr;
  if (!text.consume_back("\")") || llvm::any_of(text, [](char c) { return c == '"' || c == '\\' || c == '\n' || c == '\r'; }))
    return nullptr;
  return Literal::strings(context, stringType, text);
}

const Literal *ValueReader::parse(const Token &token) {
  Type type = types.read(token.begin, token.split);
  return type ? literal(type, token.split + 1, token.end - 1) : nullptr;
}

const Literal *ValueReader::literal(Type type, size_t begin, size_t end) {
  if (type.kind() == Type::Kind::Opaque)
    return Literal::opaque(context, type, source.text.slice(begin, end));
  const char *start = skipSpace(source.text.data() + begin, source.text.data() + end);
  if (type.isTensor() && (start == source.text.data() + end || *start != 'B'))
    return tensors.read(type, begin, end);
  return compound(type, begin, end);
}

const Literal *ValueReader::compound(Type type, size_t begin, size_t end) {
  if (std::optional<size_t> place = findTooDeep(source.text, begin, end, maxBracketNesting)) {
    source.report(*place, diag::BracketsTooDeep, maxBracketNesting);
    return nullptr;
  }
  tokens.restart(begin, end);
  parser.getTreeTracker().reset();
  if (std::optional<Mismatch> mismatch = runRule(parser, tokens, [&] { parser.onlyLiteral(); })) {
    (void)reportValueMismatch(source, tokens, parser, *mismatch);
    return nullptr;
  }
  TokenCursor cursor(tokens);
  const Literal *result = element(type, cursor);
  tokens.restart(end, end);
  return result;
}

const Literal *ValueReader::expected(const Token &found, const char *what) {
  (void)reportUnexpected(source, tokens, found, what);
  return nullptr;
}

/// An item of a list, tuple or dictionary: a literal, or a value whose type must be `type`.
const Literal *ValueReader::item(Type type, TokenCursor &cursor) {
  switch (cursor.kind()) {
  case ValueLexer::SCALAR:
  case ValueLexer::TENSOR:
  case ValueLexer::LIST:
  case ValueLexer::TUPLE:
  case ValueLexer::DICT:
  case ValueLexer::STATE:
    break;
  case ValueLexer::WORD:
    return expected(cursor.peek(), "an element with a known type");
  default:
    return element(type, cursor);
  }
  size_t place = cursor.offset();
  Type written = typeAt(cursor, context, source);
  if (!written)
    return nullptr;
  if (written != type) {
    source.report(place, diag::ElementType, written.str(), type.str());
    return nullptr;
  }
  cursor.skip(ValueLexer::LPAREN);
  const Literal *result = element(type, cursor);
  if (!result)
    return nullptr;
  cursor.skip(ValueLexer::RPAREN);
  return result;
}

// Recursive as the type is, whose nesting is bounded.
const Literal *ValueReader::element(Type type, TokenCursor &cursor) {
  switch (type.kind()) {
  case Type::Kind::Tensor:
    return tensorItem(type, cursor);
  case Type::Kind::List:
    return listItem(type, cursor);
  case Type::Kind::Tuple:
    return tupleItem(type, cursor);
  case Type::Kind::Dict:
    return dictItem(type, cursor);
  case Type::Kind::State:
  case Type::Kind::Opaque:
    break;
  }
  source.report(cursor.offset(), diag::LiteralKind, type.str());
  return nullptr;
}

const Literal *ValueReader::tensorItem(Type type, TokenCursor &cursor) {
  size_t kind = cursor.kind(), begin = cursor.offset();
  if (kind == ValueLexer::BLOBFILE)
    return blobItem(type, cursor);
  if (kind != ValueLexer::LBRACKET) {
    if (kind != ValueLexer::NUMBER && kind != ValueLexer::STRING && kind != ValueLexer::TRUE_WORD && kind != ValueLexer::FALSE_WORD)
      return expected(cursor.peek(), type.isScalar() ? "an element" : "'['");
    return tensors.read(type, begin, cursor.take().end);
  }
  size_t depth = 0, end = 0;
  do {
    depth += cursor.at(ValueLexer::LBRACKET);
    depth -= cursor.at(ValueLexer::RBRACKET);
    end = cursor.take().end;
  } while (depth != 0);
  return tensors.read(type, begin, end);
}

const Literal *ValueReader::listItem(Type type, TokenCursor &cursor) {
  size_t place = cursor.offset();
  if (!cursor.skipIf(ValueLexer::LBRACKET))
    return expected(cursor.peek(), "'['");
  llvm::SmallVector<const Literal *, 8> elements;
  while (!cursor.skipIf(ValueLexer::RBRACKET)) {
    elements.push_back(item(type.element(), cursor));
    if (!elements.back())
      return nullptr;
    cursor.skipIf(ValueLexer::COMMA);
  }
  if (type.length() >= 0 && uint64_t(type.length()) != elements.size()) {
    source.report(place, diag::LiteralCount, type.str(), type.length(), elements.size());
    return nullptr;
  }
  return Literal::list(context, type, elements);
}

const Literal *ValueReader::tupleItem(Type type, TokenCursor &cursor) {
  size_t place = cursor.offset();
  if (!cursor.skipIf(ValueLexer::LPAREN))
    return expected(cursor.peek(), "'('");
  llvm::SmallVector<const Literal *, 4> elements;
  while (!cursor.at(ValueLexer::RPAREN) && elements.size() < type.elements().size()) {
    elements.push_back(item(type.elements()[elements.size()], cursor));
    if (!elements.back())
      return nullptr;
    cursor.skipIf(ValueLexer::COMMA);
  }
  bool more = !cursor.skipIf(ValueLexer::RPAREN);
  if (more || elements.size() != type.elements().size()) {
    source.report(place, diag::LiteralCount, type.str(), type.elements().size(), more ? "more" : std::to_string(elements.size()));
    return nullptr;
  }
  return Literal::tuple(context, type, elements);
}

const Literal *ValueReader::dictItem(Type type, TokenCursor &cursor) {
  if (!cursor.skipIf(ValueLexer::LBRACE))
    return expected(cursor.peek(), "'{'");
  llvm::SmallVector<const Literal *, 8> keysAndValues;
  while (!cursor.skipIf(ValueLexer::RBRACE)) {
    cursor.skip(ValueLexer::LBRACE);
    keysAndValues.push_back(item(type.element(), cursor));
    if (!keysAndValues.back())
      return nullptr;
    cursor.skip(ValueLexer::COMMA);
    keysAndValues.push_back(item(type.valueType(), cursor));
    if (!keysAndValues.back())
      return nullptr;
    cursor.skip(ValueLexer::RBRACE);
    cursor.skipIf(ValueLexer::COMMA);
  }
  return Literal::dict(context, type, keysAndValues);
}

/// The token of a scalar field: bare, or in a scalar value of its type.
const Token *ValueReader::scalarField(TokenCursor &cursor, size_t kind, const char *what) {
  bool typed = !cursor.at(kind);
  if (typed) {
    if (!cursor.at(ValueLexer::SCALAR) && !cursor.at(ValueLexer::TENSOR))
      return expected(cursor.peek(), what), nullptr;
    size_t place = cursor.offset();
    Type type = typeAt(cursor, context, source);
    if (!type)
      return nullptr;
    if (!type.isScalar() || (kind == ValueLexer::STRING ? type.dtype() != DType::String : !isInteger(type.dtype()))) {
      source.report(place, diag::ElementType, type.str(), what);
      return nullptr;
    }
    cursor.skip(ValueLexer::LPAREN);
    if (!cursor.at(kind))
      return expected(cursor.peek(), what), nullptr;
  }
  const Token &token = cursor.take();
  if (typed)
    cursor.skip(ValueLexer::RPAREN);
  return &token;
}

std::optional<std::string> ValueReader::pathField(TokenCursor &cursor) {
  const Token *token = scalarField(cursor, ValueLexer::STRING, "a string");
  if (!token)
    return std::nullopt;
  llvm::SmallString<64> path;
  llvm::StringRef inside = tokens.str(*token).drop_front().drop_back();
  if (std::optional<size_t> wrong = unquote(inside, path)) {
    source.report(token->begin + 1 + *wrong, diag::UnknownEscape, inside.substr(*wrong, 2));
    return std::nullopt;
  }
  return std::string(path.str());
}

std::optional<uint64_t> ValueReader::offsetField(TokenCursor &cursor) {
  const Token *token = scalarField(cursor, ValueLexer::NUMBER, "an offset");
  if (!token)
    return std::nullopt;
  std::optional<uint64_t> offset = parseUnsigned(tokens.str(*token));
  if (!offset)
    source.report(token->begin, diag::IntegerOutOfRange, tokens.str(*token).take_front(60), "an offset");
  return offset;
}

/// BLOBFILE(path = …, offset = …)
const Literal *ValueReader::blobItem(Type type, TokenCursor &cursor) {
  size_t place = cursor.take(ValueLexer::BLOBFILE).begin;
  cursor.skip(ValueLexer::LPAREN);
  std::optional<std::string> path;
  std::optional<uint64_t> offset;
  for (int field = 0; field != 2; ++field) {
    const Token &word = cursor.take();
    llvm::StringRef name = tokens.str(word);
    cursor.skip(ValueLexer::EQUALS);
    bool isPath = name == "path" && !path;
    if (!isPath && (name != "offset" || offset)) {
      source.report(word.begin, diag::BlobFileFields);
      return nullptr;
    }
    if (isPath)
      path = pathField(cursor);
    else
      offset = offsetField(cursor);
    if (isPath ? !path : !offset)
      return nullptr;
    cursor.skip(field == 0 ? ValueLexer::COMMA : ValueLexer::RPAREN);
  }
  const Blob *blob = nullptr;
  if (blobs) {
    Result<const Blob *> resolved = blobs->resolve(*path, *offset, source.at(place), source.diags);
    if (!resolved)
      return nullptr;
    blob = *resolved;
  }
  return Literal::blob(context, type, blob, *path, *offset);
}

} // namespace mil::text
