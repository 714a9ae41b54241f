#include "ProgramTokens.h"
#include "MILLexer.h"
#include "Scanning.h"
#include "mil/IR/DType.h"

using Lexer = mil::grammar::MILLexer;

namespace mil::text {

namespace {

enum class Word : uint8_t { Plain, Scalar, Generic, Program, Func };

Word classify(llvm::StringRef word) {
  switch (word.front()) {
  case 'b':
  case 'i':
  case 'u':
    return word.size() >= 4 && word.size() <= 6 && dtypeFromName(word) != DType::Invalid ? Word::Scalar : Word::Plain;
  case 'f':
    if (word == "func")
      return Word::Func;
    return word.size() <= 9 && word.starts_with("fp") && dtypeFromName(word) != DType::Invalid ? Word::Scalar : Word::Plain;
  case 's':
    return word == "string" ? Word::Scalar : word == "state" ? Word::Generic : Word::Plain;
  case 't':
    return word == "tensor" || word == "tuple" ? Word::Generic : Word::Plain;
  case 'l':
    return word == "list" ? Word::Generic : Word::Plain;
  case 'd':
    return word == "dict" ? Word::Generic : Word::Plain;
  case 'p':
    return word == "program" ? Word::Program : Word::Plain;
  default:
    return Word::Plain;
  }
}

/// Past `<name>` at `at`; null if the text there is something else.
const char *skipTag(const char *at, const char *end) {
  const char *name = skipSpace(at + 1, end), *behind = skipName(name, end);
  if (behind == name)
    return nullptr;
  behind = skipSpace(behind, end);
  return behind != end && *behind == '>' ? behind + 1 : nullptr;
}

/// Whether the angle brackets at `at` are those of a foreign type: they hold something that tells them from an opset tag.
bool isForeign(const char *at, const char *end) {
  for (++at;; ++at) {
    at = skipSpace(at, end);
    if (at == end || llvm::StringRef(">`/;(){}").contains(*at))
      return false;
    if (llvm::StringRef("<\",=[]").contains(*at))
      return true;
  }
}

} // namespace

/// A value whose parenthesis is at `paren`.
const char *ProgramTokens::scanValue(Token &token, const char *start, const char *paren, const char *end) {
  const char *behind = skipParentheses(paren, end);
  if (!behind) {
    token.type = Lexer::INVALID;
    invalid(token, Problem::UnclosedBracket, paren, end);
    return end;
  }
  token.type = Lexer::VALUE;
  token.begin = size_t(start - text.data());
  token.split = size_t(paren - text.data());
  token.end = size_t(behind - text.data());
  return behind;
}

/// A name, a type or a value that starts with a word or a quoted name.
const char *ProgramTokens::scanWord(Token &token, const char *start, const char *end) {
  const char *behind = skipName(start, end);
  if (behind == start) {
    token.type = Lexer::INVALID;
    invalid(token, *start == '`' ? Problem::UnclosedString : Problem::Character, start, start + 1);
    return start + 1;
  }
  Word word = *start == '`' ? Word::Plain : classify({start, size_t(behind - start)});
  const char *next = skipSpace(behind, end);
  if (next != end && *next == '<' && (word == Word::Generic || isForeign(next, end))) {
    const char *close = skipAngles(next, end);
    if (!close) {
      token.type = Lexer::INVALID;
      invalid(token, Problem::UnclosedBracket, next, next + 1);
      return next + 1;
    }
    const char *paren = skipSpace(close, end);
    if (paren != end && *paren == '(')
      return scanValue(token, start, paren, end);
    token.type = Lexer::TYPE;
    token.begin = size_t(start - text.data());
    token.end = size_t(close - text.data());
    return close;
  }
  if (word == Word::Scalar && next != end && *next == '(')
    return scanValue(token, start, next, end);
  constexpr size_t types[] = {Lexer::ID, Lexer::SCALAR, Lexer::ID, Lexer::PROGRAM, Lexer::FUNC};
  token.type = types[size_t(word)];
  token.begin = size_t(start - text.data());
  token.end = size_t(behind - text.data());
  return behind;
}

/// The token that is this one character.
static std::optional<size_t> singleCharacterToken(char character) {
  switch (character) {
  case '(':
    return Lexer::LPAREN;
  case ')':
    return Lexer::RPAREN;
  case '{':
    return Lexer::LBRACE;
  case '}':
    return Lexer::RBRACE;
  case '[':
    return Lexer::LBRACKET;
  case ']':
    return Lexer::RBRACKET;
  case ',':
    return Lexer::COMMA;
  case '=':
    return Lexer::EQUALS;
  case ';':
    return Lexer::SEMICOLON;
  default:
    return std::nullopt;
  }
}

void ProgramTokens::scan(Token &token) {
  const char *end = text.data() + limit, *start = skipSpace(text.data() + at, end);
  token.begin = size_t(start - text.data());
  if (start == end) {
    token.type = antlr4::Token::EOF;
    token.end = token.begin;
    at = limit;
    return;
  }
  const char *behind = start + 1;
  switch (*start) {
  case '-':
    if (behind != end && *behind == '>') {
      ++behind;
      token.type = Lexer::ARROW;
      break;
    }
    token.type = Lexer::INVALID;
    token.problem = Problem::Character;
    break;
  case '<':
    if (const char *close = skipTag(start, end)) {
      behind = close;
      token.type = Lexer::TAG;
      break;
    }
    token.type = Lexer::INVALID;
    token.problem = Problem::Character;
    break;
  case '/':
    token.type = Lexer::INVALID;
    token.problem = behind != end && *behind == '*' ? Problem::UnclosedComment : Problem::Character;
    break;
  default:
    if (std::optional<size_t> type = singleCharacterToken(*start)) {
      token.type = *type;
      break;
    }
    if (!is(*start, Digit)) {
      at = size_t(scanWord(token, start, end) - text.data());
      return;
    }
    while (behind != end && is(*behind, Digit))
      ++behind;
    if (end - behind >= 2 && *behind == '.' && is(behind[1], Digit))
      for (++behind; behind != end && is(*behind, Digit);)
        ++behind;
    token.type = Lexer::NUMBER;
  }
  token.end = at = size_t(behind - text.data());
}

} // namespace mil::text
