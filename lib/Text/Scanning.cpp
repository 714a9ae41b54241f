#include "Scanning.h"
#include <cstring>

namespace mil::text {

namespace {

using Vector = uint8_t __attribute__((vector_size(16)));

/// Whether one of 16 characters is a parenthesis, a quote or a slash.
bool hasStop(const char *at) {
  Vector v;
  std::memcpy(&v, at, sizeof v);
  auto stops = (v == '(') | (v == ')') | (v == '"') | (v == '/');
  uint64_t halves[2];
  static_assert(sizeof stops == sizeof halves);
  std::memcpy(halves, &stops, sizeof stops);
  return (halves[0] | halves[1]) != 0;
}

/// Past the bracket that closes the one at `at`, over strings and comments; null when none does, or at a character that is refused. What
/// can be no bracket, quote, slash or refused character is passed over by `skipPlain`, as far as that likes.
template <char open, char close, typename Plain, typename Refused>
const char *skipBrackets(const char *at, const char *end, Plain skipPlain, Refused isRefused) {
  for (size_t depth = 0; (at = skipPlain(at)) != end;) {
    char c = *at;
    if (c == open) {
      ++depth;
      ++at;
    } else if (c == close) {
      ++at;
      if (--depth == 0)
        return at;
    } else if (c == '"' || c == '/') {
      const char *next = c == '"' ? skipQuoted(at, end) : skipSpace(at, end);
      if (!next || next == at)
        return nullptr;
      at = next;
    } else if (isRefused(c)) {
      return nullptr;
    } else {
      ++at;
    }
  }
  return nullptr;
}

} // namespace

const char *skipParentheses(const char *at, const char *end) {
  auto skipPlain = [end](const char *from) {
    while (end - from >= 16 && !hasStop(from))
      from += 16;
    return from;
  };
  return skipBrackets<'(', ')'>(at, end, skipPlain, [](char) { return false; });
}

const char *skipAngles(const char *at, const char *end) {
  return skipBrackets<'<', '>'>(
      at, end, [](const char *from) { return from; }, [](char c) { return llvm::StringRef("`;(){}").contains(c); });
}

} // namespace mil::text
