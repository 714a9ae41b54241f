#include "ValueReader.h"
#include "MILValueLexer.h"
#include "Quoting.h"
#include "Scanning.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Text/DiagnosticKinds.h"
#include "mil/Text/Parser.h"

using Lexer = mil::grammar::MILValueLexer;

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
    (void)reportValueMismatch(source, tokens, *mismatch);
    return nullptr;
  }
  size_t i = 0;
  const Literal *result = element(type, i);
  tokens.restart(end, end);
  return result;
}

const Literal *ValueReader::expected(size_t i, const char *what) {
  (void)reportUnexpected(source, tokens, tokens[i], what);
  return nullptr;
}

/// An item of a list, tuple or dictionary: a literal, or a value whose type must be `type`.
const Literal *ValueReader::item(Type type, size_t &i) {
  switch (tokens[i].type) {
  case Lexer::SCALAR:
  case Lexer::TENSOR:
  case Lexer::LIST:
  case Lexer::TUPLE:
  case Lexer::DICT:
  case Lexer::STATE:
    break;
  case Lexer::WORD:
    return expected(i, "an element of a type that is known");
  default:
    return element(type, i);
  }
  size_t place = tokens[i].begin;
  Type written = typeAt(tokens, i, context, source);
  if (!written)
    return nullptr;
  if (written != type) {
    source.report(place, diag::ElementType, written.str(), type.str());
    return nullptr;
  }
  ++i; // (
  const Literal *result = element(type, i);
  ++i; // )
  return result;
}

// Recursive as the type is, whose nesting is bounded.
const Literal *ValueReader::element(Type type, size_t &i) {
  switch (type.kind()) {
  case Type::Kind::Tensor:
    return tensorItem(type, i);
  case Type::Kind::List:
    return listItem(type, i);
  case Type::Kind::Tuple:
    return tupleItem(type, i);
  case Type::Kind::Dict:
    return dictItem(type, i);
  case Type::Kind::State:
  case Type::Kind::Opaque:
    break;
  }
  source.report(tokens[i].begin, diag::LiteralKind, type.str());
  return nullptr;
}

const Literal *ValueReader::tensorItem(Type type, size_t &i) {
  size_t kind = tokens[i].type, begin = tokens[i].begin;
  if (kind == Lexer::BLOBFILE)
    return blobItem(type, i);
  if (kind != Lexer::LBRACKET) {
    if (kind != Lexer::NUMBER && kind != Lexer::STRING && kind != Lexer::TRUE_WORD && kind != Lexer::FALSE_WORD)
      return expected(i, type.isScalar() ? "an element" : "'['");
    size_t end = tokens[i++].end;
    return tensors.read(type, begin, end);
  }
  size_t depth = 0;
  do {
    depth += tokens[i].type == Lexer::LBRACKET;
    depth -= tokens[i].type == Lexer::RBRACKET;
  } while (++i, depth != 0);
  return tensors.read(type, begin, tokens[i - 1].end);
}

const Literal *ValueReader::listItem(Type type, size_t &i) {
  if (tokens[i].type != Lexer::LBRACKET)
    return expected(i, "'['");
  size_t place = tokens[i++].begin;
  llvm::SmallVector<const Literal *, 8> elements;
  while (tokens[i].type != Lexer::RBRACKET) {
    if (!elements.empty())
      ++i; // ,
    elements.push_back(item(type.element(), i));
    if (!elements.back())
      return nullptr;
  }
  ++i;
  if (type.length() >= 0 && uint64_t(type.length()) != elements.size()) {
    source.report(place, diag::LiteralCount, type.str(), type.length(), elements.size());
    return nullptr;
  }
  return Literal::list(context, type, elements);
}

const Literal *ValueReader::tupleItem(Type type, size_t &i) {
  if (tokens[i].type != Lexer::LPAREN)
    return expected(i, "'('");
  size_t place = tokens[i++].begin;
  llvm::SmallVector<const Literal *, 4> elements;
  while (tokens[i].type != Lexer::RPAREN && elements.size() < type.elements().size()) {
    if (!elements.empty())
      ++i; // ,
    elements.push_back(item(type.elements()[elements.size()], i));
    if (!elements.back())
      return nullptr;
  }
  if (tokens[i].type != Lexer::RPAREN || elements.size() != type.elements().size()) {
    bool more = tokens[i].type != Lexer::RPAREN;
    source.report(place, diag::LiteralCount, type.str(), type.elements().size(), more ? "more" : std::to_string(elements.size()));
    return nullptr;
  }
  ++i;
  return Literal::tuple(context, type, elements);
}

const Literal *ValueReader::dictItem(Type type, size_t &i) {
  if (tokens[i].type != Lexer::LBRACE)
    return expected(i, "'{'");
  ++i;
  llvm::SmallVector<const Literal *, 8> keysAndValues;
  while (tokens[i].type != Lexer::RBRACE) {
    if (!keysAndValues.empty())
      ++i; // ,
    ++i;   // {
    keysAndValues.push_back(item(type.element(), i));
    if (!keysAndValues.back())
      return nullptr;
    ++i; // ,
    keysAndValues.push_back(item(type.valueType(), i));
    if (!keysAndValues.back())
      return nullptr;
    ++i; // }
  }
  ++i;
  return Literal::dict(context, type, keysAndValues);
}

/// The token of a scalar field: bare, or in a scalar value of its type.
const Token *ValueReader::scalarField(size_t &i, size_t kind, const char *what) {
  size_t depth = 0;
  if (tokens[i].type != kind) {
    if (tokens[i].type != Lexer::SCALAR && tokens[i].type != Lexer::TENSOR)
      return expected(i, what), nullptr;
    size_t place = tokens[i].begin;
    Type type = typeAt(tokens, i, context, source);
    if (!type)
      return nullptr;
    if (!type.isScalar() || (kind == Lexer::STRING ? type.dtype() != DType::String : !isInteger(type.dtype()))) {
      source.report(place, diag::ElementType, type.str(), what);
      return nullptr;
    }
    ++i; // (
    ++depth;
  }
  if (tokens[i].type != kind)
    return expected(i, what), nullptr;
  const Token *token = &tokens[i];
  i += 1 + depth;
  return token;
}

std::optional<std::string> ValueReader::pathField(size_t &i) {
  const Token *token = scalarField(i, Lexer::STRING, "a string");
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

std::optional<uint64_t> ValueReader::offsetField(size_t &i) {
  const Token *token = scalarField(i, Lexer::NUMBER, "an offset");
  if (!token)
    return std::nullopt;
  std::optional<uint64_t> offset = parseUnsigned(tokens.str(*token));
  if (!offset)
    source.report(token->begin, diag::IntegerOutOfRange, tokens.str(*token).take_front(60), "an offset");
  return offset;
}

/// BLOBFILE(path = …, offset = …)
const Literal *ValueReader::blobItem(Type type, size_t &i) {
  size_t place = tokens[i].begin;
  i += 2;
  std::optional<std::string> path;
  std::optional<uint64_t> offset;
  for (int field = 0; field != 2; ++field) {
    llvm::StringRef name = tokens.str(tokens[i]);
    size_t nameAt = tokens[i].begin;
    i += 2; // name =
    bool isPath = name == "path" && !path;
    if (!isPath && (name != "offset" || offset)) {
      source.report(nameAt, diag::BlobFileFields);
      return nullptr;
    }
    if (isPath)
      path = pathField(i);
    else
      offset = offsetField(i);
    if (isPath ? !path : !offset)
      return nullptr;
    ++i; // , or )
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
