#include "TypeReader.h"
#include "MILValueLexer.h"
#include "mil/Text/DiagnosticKinds.h"
#include "mil/Text/Parser.h"

using Lexer = mil::grammar::MILValueLexer;

namespace mil::text {

namespace {

class TypeWalk {
public:
  TypeWalk(TokenWindow &tokens, size_t &i, Context &context, Source &source) : tokens(tokens), i(i), context(context), source(source) {}

  // Recursive as types are; the text's brackets were counted before.
  Type type() {
    switch (tokens[i].type) {
    case Lexer::SCALAR:
      return Type::scalar(context, dtypeFromName(tokens.str(tokens[i++])));
    case Lexer::TENSOR:
      return tensor();
    case Lexer::LIST:
      return list();
    case Lexer::TUPLE:
      return tuple();
    case Lexer::DICT: {
      i += 2; // dict <
      Type key = type();
      ++i;
      Type value = type();
      ++i;
      return key && value ? Type::dict(context, key, value) : Type();
    }
    default: {
      i += 2; // state <
      Type wrapped = type();
      ++i;
      return wrapped ? Type::state(context, wrapped) : Type();
    }
    }
  }

private:
  std::optional<int64_t> size(const Token &token) {
    if (token.type == Lexer::QUESTION)
      return Type::unknown;
    if (token.type == Lexer::ELLIPSIS)
      return Type::variadic;
    llvm::StringRef digits = tokens.str(token);
    int64_t value = 0;
    if (digits.find_first_not_of("0123456789") != llvm::StringRef::npos)
      source.report(token.begin, diag::NotANumber, digits, "dimension");
    else if (digits.getAsInteger(10, value))
      source.report(token.begin, diag::IntegerOutOfRange, digits, "a dimension");
    else
      return value;
    return std::nullopt;
  }

  Type tensor() {
    DType element = dtypeFromName(tokens.str(tokens[i + 2]));
    i += 4; // tensor < SCALAR ,
    if (tokens[i].type == Lexer::QUESTION) {
      i += 2;
      return Type::unrankedTensor(context, element);
    }
    llvm::SmallVector<int64_t, 8> dims;
    for (++i; tokens[i].type != Lexer::RBRACKET; ++i) {
      if (tokens[i].type == Lexer::COMMA)
        continue;
      std::optional<int64_t> dim = size(tokens[i]);
      if (!dim)
        return Type();
      dims.push_back(*dim);
    }
    i += 2; // ] >
    return Type::tensor(context, element, dims);
  }

  Type list() {
    i += 2; // list <
    Type element = type();
    if (!element)
      return Type();
    std::optional<int64_t> length = size(tokens[i + 1]);
    i += 3; // , length >
    return length ? Type::list(context, element, *length) : Type();
  }

  Type tuple() {
    llvm::SmallVector<Type, 4> elements;
    for (i += 2; tokens[i].type != Lexer::RANGLE;) {
      if (tokens[i].type == Lexer::COMMA)
        ++i;
      elements.push_back(type());
      if (!elements.back())
        return Type();
    }
    ++i;
    return Type::tuple(context, elements);
  }

  TokenWindow &tokens;
  size_t &i;
  Context &context;
  Source &source;
};

} // namespace

Type typeAt(TokenWindow &tokens, size_t &i, Context &context, Source &source) { return TypeWalk(tokens, i, context, source).type(); }

const char *valueTokenName(size_t type) {
  switch (type) {
  case Lexer::TENSOR:
  case Lexer::LIST:
  case Lexer::TUPLE:
  case Lexer::DICT:
  case Lexer::STATE:
    return "a type";
  case Lexer::SCALAR:
    return "a scalar type";
  case Lexer::BLOBFILE:
    return "BLOBFILE";
  case Lexer::TRUE_WORD:
  case Lexer::FALSE_WORD:
    return "a bool";
  case Lexer::NUMBER:
    return "a number";
  case Lexer::STRING:
    return "a string";
  case Lexer::LPAREN:
    return "'('";
  case Lexer::RPAREN:
    return "')'";
  case Lexer::LBRACE:
    return "'{'";
  case Lexer::RBRACE:
    return "'}'";
  case Lexer::LBRACKET:
    return "'['";
  case Lexer::RBRACKET:
    return "']'";
  case Lexer::LANGLE:
    return "'<'";
  case Lexer::RANGLE:
    return "'>'";
  case Lexer::COMMA:
    return "','";
  case Lexer::EQUALS:
    return "'='";
  case Lexer::QUESTION:
    return "'?'";
  case Lexer::ELLIPSIS:
    return "'...'";
  default:
    return nullptr; // a word: names of foreign types are not something to ask for
  }
}

Status reportValueMismatch(Source &source, TokenWindow &tokens, const Mismatch &mismatch) {
  // A word that is no type, or one that might have begun a foreign type.
  const Token *word = mismatch.found;
  bool asType = mismatch.expected.contains(size_t(Lexer::SCALAR));
  if (word->type != Lexer::WORD && word->index != 0 && mismatch.expected.contains(size_t(Lexer::LANGLE)))
    word = &tokens[word->index - 1], asType = true;
  if (word->type == Lexer::WORD && asType)
    return source.report(word->begin, diag::UnknownElementType, tokens.str(*word));
  return reportUnexpected(source, tokens, *mismatch.found, describeExpected(mismatch.expected, valueTokenName));
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
    (void)reportValueMismatch(source, tokens, *mismatch);
    return Type();
  }
  for (size_t i = 0; tokens[i].type != antlr4::Token::EOF; ++i)
    if (tokens[i].type == Lexer::WORD && tokens[i + 1].type == Lexer::LANGLE)
      return Type::opaque(context, source.text.slice(begin, end).trim(" \t\r\n"));
  size_t i = 0;
  return typeAt(tokens, i, context, source);
}

} // namespace mil::text
