#include "TypeReader.h"
#include "MILValueLexer.h"
#include "mil/Text/DiagnosticKinds.h"
#include "mil/Text/Parser.h"

using ValueLexer = mil::grammar::MILValueLexer;

namespace mil::text {

namespace {

class TypeWalk {
public:
  TypeWalk(TokenCursor &cursor, Context &context, Source &source) : cursor(cursor), context(context), source(source) {}

  // Recursive as types are; the text's brackets were counted before.
  Type type() {
    const Token &word = cursor.take();
    if (word.type == ValueLexer::SCALAR)
      return Type::scalar(context, dtypeFromName(cursor.str(word)));
    cursor.skip(ValueLexer::LANGLE);
    switch (word.type) {
    case ValueLexer::TENSOR:
      return tensor();
    case ValueLexer::LIST:
      return list();
    case ValueLexer::TUPLE:
      return tuple();
    case ValueLexer::DICT:
      return dict();
    default:
      return state();
    }
  }

private:
  // Each reads the text between the angle brackets, and the closing one.

  Type tensor() {
    DType element = dtypeFromName(cursor.str(cursor.take(ValueLexer::SCALAR)));
    cursor.skip(ValueLexer::COMMA);
    if (cursor.skipIf(ValueLexer::QUESTION)) {
      cursor.skip(ValueLexer::RANGLE);
      return Type::unrankedTensor(context, element);
    }
    llvm::SmallVector<int64_t, 8> dims;
    cursor.skip(ValueLexer::LBRACKET);
    while (!cursor.skipIf(ValueLexer::RBRACKET)) {
      std::optional<int64_t> dim = size(cursor.take());
      if (!dim)
        return Type();
      dims.push_back(*dim);
      cursor.skipIf(ValueLexer::COMMA);
    }
    cursor.skip(ValueLexer::RANGLE);
    return Type::tensor(context, element, dims);
  }

  Type list() {
    Type element = type();
    if (!element)
      return Type();
    cursor.skip(ValueLexer::COMMA);
    std::optional<int64_t> length = size(cursor.take());
    if (!length)
      return Type();
    cursor.skip(ValueLexer::RANGLE);
    return Type::list(context, element, *length);
  }

  Type tuple() {
    llvm::SmallVector<Type, 4> elements;
    while (!cursor.skipIf(ValueLexer::RANGLE)) {
      elements.push_back(type());
      if (!elements.back())
        return Type();
      cursor.skipIf(ValueLexer::COMMA);
    }
    return Type::tuple(context, elements);
  }

  Type dict() {
    Type key = type();
    if (!key)
      return Type();
    cursor.skip(ValueLexer::COMMA);
    Type value = type();
    if (!value)
      return Type();
    cursor.skip(ValueLexer::RANGLE);
    return Type::dict(context, key, value);
  }

  Type state() {
    Type wrapped = type();
    if (!wrapped)
      return Type();
    cursor.skip(ValueLexer::RANGLE);
    return Type::state(context, wrapped);
  }

  std::optional<int64_t> size(const Token &token) {
    if (token.type == ValueLexer::QUESTION)
      return Type::unknown;
    if (token.type == ValueLexer::ELLIPSIS)
      return Type::variadic;
    llvm::StringRef digits = cursor.str(token);
    int64_t value = 0;
    if (digits.find_first_not_of("0123456789") != llvm::StringRef::npos)
      source.report(token.begin, diag::NotANumber, digits, "dimension");
    else if (digits.getAsInteger(10, value))
      source.report(token.begin, diag::IntegerOutOfRange, digits, "a dimension");
    else
      return value;
    return std::nullopt;
  }

  TokenCursor &cursor;
  Context &context;
  Source &source;
};

/// Names for messages: of MILValueLexer's kinds of tokens other than punctuation.
const char *valueTokenName(size_t type) {
  switch (type) {
  case ValueLexer::TENSOR:
  case ValueLexer::LIST:
  case ValueLexer::TUPLE:
  case ValueLexer::DICT:
  case ValueLexer::STATE:
    return "a type";
  case ValueLexer::SCALAR:
    return "a scalar type";
  case ValueLexer::BLOBFILE:
    return "BLOBFILE";
  case ValueLexer::TRUE_WORD:
  case ValueLexer::FALSE_WORD:
    return "a bool";
  case ValueLexer::NUMBER:
    return "a number";
  case ValueLexer::STRING:
    return "a string";
  default:
    return nullptr; // a word: names of foreign types aren't listed as expected
  }
}

} // namespace

Type typeAt(TokenCursor &cursor, Context &context, Source &source) { return TypeWalk(cursor, context, source).type(); }

Status reportValueMismatch(Source &source, TokenWindow &tokens, const antlr4::Parser &parser, const Mismatch &mismatch) {
  // A word that isn't a type, or one that might have begun a foreign type.
  const Token *word = mismatch.found;
  bool asType = mismatch.expected.contains(size_t(ValueLexer::SCALAR));
  if (word->type != ValueLexer::WORD && word->index != 0 && mismatch.expected.contains(size_t(ValueLexer::LANGLE)))
    word = &tokens[word->index - 1], asType = true;
  if (word->type == ValueLexer::WORD && asType)
    return source.report(word->begin, diag::UnknownElementType, tokens.str(*word));
  return reportUnexpected(source, tokens, *mismatch.found, describeExpected(mismatch.expected, parser, valueTokenName));
}

TypeReader::TypeReader(Context &context, Source &source) : context(context), source(source), tokens(source.text, 0, 0), parser(&tokens) {
  prepareParser(parser);
}

Type TypeReader::read(size_t begin, size_t end) {
  llvm::StringRef text = source.text.slice(begin, end);
  if (auto found = known.find(text); found != known.end())
    return found->second;
  Type type = parse(begin, end);
  if (type)
    known.try_emplace(text, type);
  return type;
}

Type TypeReader::parse(size_t begin, size_t end) {
  if (std::optional<size_t> place = findTooDeep(source.text, begin, end, maxBracketNesting)) {
    source.report(*place, diag::BracketsTooDeep, maxBracketNesting);
    return Type();
  }
  tokens.restart(begin, end);
  parser.getTreeTracker().reset();
  if (std::optional<Mismatch> mismatch = runRule(parser, tokens, [&] { parser.onlyType(); })) {
    (void)reportValueMismatch(source, tokens, parser, *mismatch);
    return Type();
  }
  for (size_t i = 0; tokens[i].type != antlr4::Token::EOF; ++i)
    if (tokens[i].type == ValueLexer::WORD && tokens[i + 1].type == ValueLexer::LANGLE)
      return Type::opaque(context, source.text.slice(begin, end).trim(" \t\r\n"));
  TokenCursor cursor(tokens);
  return typeAt(cursor, context, source);
}

} // namespace mil::text
