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

} // namespace

const char *skipParentheses(const char *at, const char *end) {
  for (size_t depth = 0; at != end;) {
    while (end - at >= 16 && !hasStop(at))
      at += 16;
    if (at == end)
      return nullptr;
    switch (*at) {
    case '(':
      ++depth;
      ++at;
      break;
    case ')':
      ++at;
      if (--depth == 0)
        return at;
      break;
    case '"':
      at = skipQuoted(at, end);
      if (!at)
        return nullptr;
      break;
    case '/': {
      const char *next = skipSpace(at, end);
      if (next == at)
        return nullptr;
      at = next;
      break;
    }
    default:
      ++at;
    }
  }
  return nullptr;
}

const char *skipAngles(const char *at, const char *end) {
  for (size_t depth = 0; at != end;) {
    switch (*at) {
    case '<':
      ++depth;
      ++at;
      break;
    case '>':
      ++at;
      if (--depth == 0)
        return at;
      break;
    case '"':
      at = skipQuoted(at, end);
      if (!at)
        return nullptr;
      break;
    case '/': {
      const char *next = skipSpace(at, end);
      if (next == at)
        return nullptr;
      at = next;
      break;
    }
    case '`':
    case ';':
    case '(':
    case ')':
    case '{':
    case '}':
      return nullptr;
    default:
      ++at;
    }
  }
  return nullptr;
}

} // namespace mil::text
