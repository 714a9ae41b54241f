#include "ValueTokens.h"
#include "MILValueLexer.h"
#include "Scanning.h"
#include "mil/IR/DType.h"
#include "llvm/ADT/StringSwitch.h"

using ValueLexer = mil::grammar::MILValueLexer;

namespace mil::text {

namespace {

const char *skipDigits(const char *at, const char *end, uint8_t digits) {
  while (at != end && is(*at, digits))
    ++at;
  return at;
}

/// Past an exponent that starts with `lower` or its upper case; `at` when none is there.
const char *skipExponent(const char *at, const char *end, char lower) {
  if (at == end || (*at | 0x20) != lower)
    return at;
  const char *digits = at + 1;
  if (digits != end && (*digits == '+' || *digits == '-'))
    ++digits;
  const char *behind = skipDigits(digits, end, Digit);
  return behind == digits ? at : behind;
}

/// Past digits with or without a point among them; `at` without a digit.
const char *skipFraction(const char *at, const char *end, uint8_t digits) {
  const char *point = skipDigits(at, end, digits);
  if (point == end || *point != '.')
    return point;
  const char *behind = skipDigits(point + 1, end, digits);
  return behind - at == 1 ? at : behind;
}

/// Past `(0x7e01)`; `at` when that isn't there.
const char *skipPayload(const char *at, const char *end) {
  if (end - at < 5 || at[0] != '(' || at[1] != '0' || (at[2] | 0x20) != 'x')
    return at;
  const char *close = skipDigits(at + 3, end, HexDigit);
  return close != at + 3 && close != end && *close == ')' ? close + 1 : at;
}

/// Past the number at `at`; `at` when there is none.
const char *skipNumber(const char *at, const char *end) {
  const char *start = at + (at != end && (*at == '+' || *at == '-'));
  if (start == end)
    return at;
  if (is(*start, WordStart)) {
    // Without a sign, the longer word wins.
    llvm::StringRef word(start, size_t(skipName(start, end) - start));
    for (llvm::StringRef special : {"infinity", "inf", "nan"})
      if (start == at ? word == special : word.starts_with(special))
        return special == "nan" ? skipPayload(start + 3, end) : start + special.size();
    return at;
  }
  if (end - start > 2 && *start == '0' && (start[1] | 0x20) == 'x') {
    const char *behind = skipFraction(start + 2, end, HexDigit);
    if (behind != start + 2)
      return skipExponent(behind, end, 'p');
  }
  const char *behind = skipFraction(start, end, Digit);
  return behind == start ? at : skipExponent(behind, end, 'e');
}

size_t wordType(llvm::StringRef word) {
  size_t type = llvm::StringSwitch<size_t>(word)
                    .Case("tensor", ValueLexer::TENSOR)
                    .Case("list", ValueLexer::LIST)
                    .Case("tuple", ValueLexer::TUPLE)
                    .Case("dict", ValueLexer::DICT)
                    .Case("state", ValueLexer::STATE)
                    .Case("BLOBFILE", ValueLexer::BLOBFILE)
                    .Case("true", ValueLexer::TRUE_WORD)
                    .Case("false", ValueLexer::FALSE_WORD)
                    .Default(ValueLexer::WORD);
  return type == ValueLexer::WORD && dtypeFromName(word) != DType::Invalid ? size_t(ValueLexer::SCALAR) : type;
}

size_t punctuation(char c) {
  switch (c) {
  case '(':
    return ValueLexer::LPAREN;
  case ')':
    return ValueLexer::RPAREN;
  case '{':
    return ValueLexer::LBRACE;
  case '}':
    return ValueLexer::RBRACE;
  case '[':
    return ValueLexer::LBRACKET;
  case ']':
    return ValueLexer::RBRACKET;
  case '<':
    return ValueLexer::LANGLE;
  case '>':
    return ValueLexer::RANGLE;
  case ',':
    return ValueLexer::COMMA;
  case '=':
    return ValueLexer::EQUALS;
  case '?':
    return ValueLexer::QUESTION;
  default:
    return ValueLexer::INVALID;
  }
}

} // namespace

void ValueTokens::scan(Token &token) {
  const char *end = text.data() + limit, *start = skipSpace(text.data() + at, end);
  token.begin = size_t(start - text.data());
  if (start == end) {
    token.type = antlr4::Token::EOF;
    token.end = at = limit;
    return;
  }
  const char *behind = start + 1;
  if (const char *number = skipNumber(start, end); number != start) {
    token.type = ValueLexer::NUMBER;
    behind = number;
  } else if (const char *name = skipName(start, end); name != start) {
    token.type = wordType({start, size_t(name - start)});
    behind = name;
  } else if (*start == '"') {
    const char *close = skipQuoted(start, end);
    token.type = close ? ValueLexer::STRING : ValueLexer::INVALID;
    token.problem = close ? Problem::None : Problem::UnclosedString;
    behind = close ? close : behind;
  } else if (end - start >= 3 && start[0] == '.' && start[1] == '.' && start[2] == '.') {
    token.type = ValueLexer::ELLIPSIS;
    behind = start + 3;
  } else {
    token.type = punctuation(*start);
    if (token.type == ValueLexer::INVALID)
      token.problem = *start == '`'                                      ? Problem::UnclosedString
                      : *start == '/' && behind != end && *behind == '*' ? Problem::UnclosedComment
                                                                         : Problem::Character;
  }
  token.end = at = size_t(behind - text.data());
}

std::optional<size_t> findTooDeep(llvm::StringRef text, size_t begin, size_t end, unsigned limit) {
  unsigned depth = 0;
  const char *stop = text.data() + end;
  for (const char *at = text.data() + begin; at != stop; ++at) {
    switch (*at) {
    case '(':
    case '[':
    case '{':
    case '<':
      if (++depth > limit)
        return size_t(at - text.data());
      break;
    case ')':
    case ']':
    case '}':
    case '>':
      depth -= depth != 0;
      break;
    case '"':
    case '`':
      if (const char *close = skipQuoted(at, stop))
        at = close - 1;
      break;
    case '/':
      if (const char *next = skipSpace(at, stop); next != at)
        at = next - 1;
      break;
    default:
      break;
    }
  }
  return std::nullopt;
}

} // namespace mil::text
