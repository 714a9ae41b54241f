#include "Quoting.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

namespace mil::text {

namespace {

/// The value of exactly `count` hexadecimal digits at the start of `text`.
std::optional<unsigned> hexDigits(llvm::StringRef text, size_t count) {
  if (text.size() < count)
    return std::nullopt;
  unsigned value = 0;
  for (char c : text.take_front(count)) {
    unsigned digit = llvm::hexDigitValue(c);
    if (digit > 15)
      return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

void appendUTF8(unsigned character, llvm::SmallVectorImpl<char> &out) {
  char bytes[4], *end = bytes;
  if (llvm::ConvertCodePointToUTF8(character, end))
    out.append(bytes, end);
}

/// The character of `XXXX` or `XXXX\uXXXX` at the start of `text`, which is consumed; nullopt when there is none.
std::optional<unsigned> unicodeEscape(llvm::StringRef &text) {
  std::optional<unsigned> unit = hexDigits(text, 4);
  if (!unit || (*unit >= 0xDC00 && *unit < 0xE000))
    return std::nullopt;
  text = text.drop_front(4);
  if (*unit < 0xD800 || *unit >= 0xE000)
    return unit;
  if (!text.consume_front("\\u"))
    return std::nullopt;
  std::optional<unsigned> low = hexDigits(text, 4);
  if (!low || *low < 0xDC00 || *low >= 0xE000)
    return std::nullopt;
  text = text.drop_front(4);
  return 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
}

/// Bytes of the valid UTF-8 sequence at the start of `text`; 0 when there is none.
size_t validUTF8(llvm::StringRef text) {
  const auto *bytes = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  size_t length = llvm::getNumBytesForUTF8(*bytes);
  return length <= text.size() && llvm::isLegalUTF8Sequence(bytes, bytes + length) ? length : 0;
}

} // namespace

std::optional<size_t> unquote(llvm::StringRef inside, llvm::SmallVectorImpl<char> &out) {
  llvm::StringRef rest = inside;
  for (;;) {
    size_t slash = std::min(rest.find('\\'), rest.size());
    out.append(rest.begin(), rest.begin() + slash);
    if (slash == rest.size())
      return std::nullopt;
    size_t place = inside.size() - rest.size() + slash;
    rest = rest.drop_front(slash + 1);
    if (rest.empty())
      return place;
    char escape = rest.front();
    rest = rest.drop_front();
    switch (escape) {
    case '"':
    case '\\':
    case '/':
    case '\'':
    case '`':
      out.push_back(escape);
      break;
    case 'n':
      out.push_back('\n');
      break;
    case 'r':
      out.push_back('\r');
      break;
    case 't':
      out.push_back('\t');
      break;
    case '0':
      out.push_back('\0');
      break;
    case 'x': {
      std::optional<unsigned> byte = hexDigits(rest, 2);
      if (!byte)
        return place;
      out.push_back(char(*byte));
      rest = rest.drop_front(2);
      break;
    }
    case 'u': {
      std::optional<unsigned> character = unicodeEscape(rest);
      if (!character)
        return place;
      appendUTF8(*character, out);
      break;
    }
    default:
      return place;
    }
  }
}

void quote(llvm::StringRef text, char quote, llvm::SmallVectorImpl<char> &out) {
  out.push_back(quote);
  while (!text.empty()) {
    char c = text.front();
    size_t length = 1;
    if (c == quote || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out.push_back('\\');
      out.push_back(c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (uint8_t(c) >= 0x20 && uint8_t(c) < 0x7f) {
      out.push_back(c);
    } else if (uint8_t(c) >= 0x80 && validUTF8(text) != 0) {
      length = validUTF8(text);
      out.append(text.begin(), text.begin() + length);
    } else {
      out.append({'\\', 'x', llvm::hexdigit(uint8_t(c) >> 4, true), llvm::hexdigit(uint8_t(c) & 15, true)});
    }
    text = text.drop_front(length);
  }
  out.push_back(quote);
}

} // namespace mil::text
