#include "TensorReader.h"
#include "Quoting.h"
#include "RowWalk.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Support/Numbers.h"
#include "mil/Text/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include <charconv>
#include <cstring>

namespace mil::text {

namespace {

/// The word or number at `at`: letters, digits, signs and points, and what nan has in parentheses.
const char *skipElement(const char *at, const char *end) {
  const char *start = at;
  while (at != end && is(*at, NumberRest))
    ++at;
  if (at != end && *at == '(' && at - start >= 3 && at[-1] == 'n') {
    llvm::StringRef rest(at, size_t(end - at));
    at += std::min(rest.find(')'), rest.size() - 1) + 1;
  }
  return at;
}

/// Where bytes go: elements of 1 to 8 bytes, or of 1 to 6 bits, packed from the low bits up.
class Bytes {
public:
  Bytes(unsigned width, llvm::SmallVectorImpl<uint8_t> &grown) : width(width), grown(&grown) {}
  Bytes(unsigned width, llvm::MutableArrayRef<uint8_t> fixed) : width(width), data(fixed.data()), room(fixed.size()) {}

  bool put(uint64_t bits) {
    if (width >= 8) {
      unsigned bytes = width / 8;
      if (!reserve(used + bytes))
        return false;
      std::memcpy(data + used, &bits, bytes);
      used += bytes;
      return true;
    }
    if (!reserve((bitsUsed + width + 7) / 8))
      return false;
    size_t byte = bitsUsed / 8, shift = bitsUsed % 8;
    unsigned mask = (1u << width) - 1, pair = unsigned(bits & mask) << shift;
    data[byte] |= uint8_t(pair);
    if (shift + width > 8)
      data[byte + 1] |= uint8_t(pair >> 8);
    bitsUsed += width;
    return true;
  }
  /// Bytes written.
  size_t size() const { return width >= 8 ? used : (bitsUsed + 7) / 8; }

private:
  bool reserve(size_t bytes) {
    if (bytes <= room)
      return true;
    if (!grown)
      return false;
    grown->resize(std::max(bytes, room * 2 + 64));
    data = grown->data();
    room = grown->size();
    return true;
  }
  unsigned width;
  llvm::SmallVectorImpl<uint8_t> *grown = nullptr;
  uint8_t *data = nullptr;
  size_t room = 0, used = 0, bitsUsed = 0;
};

/// Reads one element of a type; reports what is wrong with it.
class ElementReader {
public:
  ElementReader(DType type, Source &source)
      : type(type), floating(isFloat(type)), isBool(type == DType::Bool), isSigned(isSignedInteger(type)), format(floatFormat(type)),
        limit(isSigned               ? uint64_t(1) << (bitWidth(type) - 1)
              : bitWidth(type) >= 64 ? ~uint64_t(0)
                                     : (uint64_t(1) << bitWidth(type)) - 1),
        source(source) {}

  const char *read(const char *at, const char *end, uint64_t &bits) {
    if (!floating && !isBool)
      if (const char *behind = readDecimal(at, end, bits))
        return behind;
    const char *behind = skipElement(at, end);
    llvm::StringRef text(at, size_t(behind - at));
    if (floating ? readFloat(text, bits) : isBool ? readBool(text, bits) : readInteger(text, bits))
      return behind;
    return nullptr;
  }

private:
  /// The common case of integers, in one pass: few digits, within range. Null for anything else.
  const char *readDecimal(const char *at, const char *end, uint64_t &bits) const {
    bool negative = at != end && *at == '-';
    const char *start = at + negative, *stop = start + std::min<ptrdiff_t>(end - start, 19);
    uint64_t magnitude = 0;
    for (at = start; at != stop && is(*at, Digit); ++at)
      magnitude = magnitude * 10 + uint64_t(*at - '0');
    if (at == start || at == stop || is(*at, NumberRest))
      return nullptr;
    if (magnitude > (isSigned ? limit - !negative : negative ? 0 : limit))
      return nullptr;
    bits = negative ? 0 - magnitude : magnitude;
    return at;
  }

  bool readFloat(llvm::StringRef text, uint64_t &bits) {
    ParsedFloat parsed = parseFloat(format, text);
    bits = parsed.bits;
    if (!parsed.error)
      return true;
    if (*parsed.error == FloatError::Overflow) {
      source.report(text.data(), diag::FloatOverflow, text.take_front(60), name(type));
      return false;
    }
    return wrong(text);
  }

  bool readBool(llvm::StringRef text, uint64_t &bits) {
    bits = text == "true" || text == "1";
    return bits || text == "false" || text == "0" || wrong(text);
  }

  bool readInteger(llvm::StringRef text, uint64_t &bits) {
    bool negative = text.starts_with("-");
    llvm::StringRef digits = text.drop_front(negative || text.starts_with("+"));
    uint64_t magnitude = 0;
    int base = digits.size() > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x' ? 16 : 10;
    const char *start = digits.data() + (base == 16 ? 2 : 0);
    auto [stop, error] = std::from_chars(start, digits.end(), magnitude, base);
    if (stop != digits.end() || error == std::errc::invalid_argument)
      return wrong(text);
    bool fits = error == std::errc() &&
                (negative ? (isSigned ? magnitude <= limit : magnitude == 0) : (isSigned ? magnitude < limit : magnitude <= limit));
    if (!fits) {
      source.report(text.data(), diag::IntegerOutOfRange, text.take_front(60), name(type));
      return false;
    }
    bits = negative ? 0 - magnitude : magnitude;
    return true;
  }

  bool wrong(llvm::StringRef text) {
    if (text.empty())
      text = llvm::StringRef(text.data(), 1);
    source.report(text.data(), diag::NotANumber, text.take_front(60), name(type));
    return false;
  }

  DType type;
  bool floating, isBool, isSigned;
  FloatFormat format;
  uint64_t limit; ///< largest magnitude; of signed types that of the smallest value
  Source &source;
};

/// How many elements a text has, roughly: one more than commas outside of strings.
uint64_t countElements(const char *at, const char *end) {
  uint64_t count = 0;
  bool any = false;
  for (; at != end; ++at) {
    if (*at == '"') {
      const char *close = skipQuoted(at, end);
      at = close ? close - 1 : at;
      any = true;
    } else if (*at == ',') {
      ++count;
    } else if (is(*at, NumberRest)) {
      any = true;
    }
  }
  return any ? count + 1 : 0;
}

} // namespace

std::optional<uint64_t> parseUnsigned(llvm::StringRef text) {
  uint64_t value = 0;
  bool failed = text.starts_with_insensitive("0x") ? text.drop_front(2).getAsInteger(16, value) : text.getAsInteger(10, value);
  if (failed)
    return std::nullopt;
  return value;
}

const Literal *TensorReader::read(Type type, size_t begin, size_t end) {
  // A value's shape must follow from its text: at most one dimension may be left to it.
  size_t open = llvm::count_if(type.dims(), [](int64_t dim) { return dim < 0; });
  if (!type.hasRank() || open > 1 || (open == 0 && !type.elementCount())) {
    source.report(begin, diag::LiteralShape, type.str());
    return nullptr;
  }
  const char *text = source.text.data();
  if (open == 0 && tooMany(type, text + begin, text + end))
    return nullptr;
  return type.dtype() == DType::String ? readStrings(type, text + begin, text + end) : readNumbers(type, text + begin, text + end);
}

/// Whether the text is too short for the elements of the type: each takes a character, and a comma separates two.
bool TensorReader::tooMany(Type type, const char *begin, const char *end) {
  uint64_t count = uint64_t(*type.elementCount());
  if (count <= 1 || count <= (size_t(end - begin) + 1) / 2)
    return false;
  source.report(begin, diag::LiteralCount, type.str(), count, countElements(begin, end));
  return true;
}

const Literal *TensorReader::readNumbers(Type type, const char *begin, const char *end) {
  unsigned width = bitWidth(type.dtype());
  ElementReader elements(type.dtype(), source);
  auto decode = [&](Bytes &bytes) {
    RowWalk rows(type, begin, end, source);
    return rows.walk([&](const char *at, const char *stop) -> const char * {
      uint64_t bits = 0;
      const char *behind = elements.read(at, stop, bits);
      if (behind && !bytes.put(bits)) {
        source.report(at, diag::LiteralCount, type.str(), type.elementCount().value_or(0), countElements(begin, end));
        return nullptr;
      }
      return behind;
    });
  };
  if (!type.hasStaticShape()) {
    llvm::SmallVector<uint8_t, 64> grown;
    Bytes bytes(width, grown);
    return decode(bytes) ? Literal::tensor(context, type, llvm::ArrayRef(grown).take_front(bytes.size())) : nullptr;
  }
  size_t size = size_t(*packedSize(type.dtype(), uint64_t(*type.elementCount())));
  auto *data = static_cast<uint8_t *>(context.arena().Allocate(size, llvm::Align(8)));
  if (width < 8)
    std::memset(data, 0, size);
  Bytes bytes(width, llvm::MutableArrayRef(data, size));
  if (!decode(bytes))
    return nullptr;
  if (bytes.size() != size) {
    source.report(begin, diag::LiteralCount, type.str(), *type.elementCount(), countElements(begin, end));
    return nullptr;
  }
  return Literal::tensorOver(context, type, {data, size});
}

const Literal *TensorReader::readStrings(Type type, const char *begin, const char *end) {
  llvm::SmallVector<std::string, 4> decoded;
  RowWalk rows(type, begin, end, source);
  bool ok = rows.walk([&](const char *at, const char *stop) -> const char * {
    const char *close = *at == '"' ? skipQuoted(at, stop) : nullptr;
    if (!close) {
      if (*at == '"')
        source.report(at, diag::UnclosedString);
      else
        source.report(at, diag::NotANumber, llvm::StringRef(at, std::max<size_t>(1, size_t(skipElement(at, stop) - at))).take_front(60),
                      "string");
      return nullptr;
    }
    llvm::SmallString<64> text;
    if (std::optional<size_t> wrong = unquote({at + 1, size_t(close - at - 2)}, text)) {
      source.report(at + 1 + *wrong, diag::UnknownEscape, llvm::StringRef(at + 1 + *wrong, 2));
      return nullptr;
    }
    decoded.emplace_back(text.str());
    return close;
  });
  if (!ok)
    return nullptr;
  llvm::SmallVector<llvm::StringRef, 4> texts(decoded.begin(), decoded.end());
  if (type.hasStaticShape() && uint64_t(*type.elementCount()) != texts.size()) {
    source.report(begin, diag::LiteralCount, type.str(), *type.elementCount(), texts.size());
    return nullptr;
  }
  return Literal::strings(context, type, texts);
}

} // namespace mil::text
