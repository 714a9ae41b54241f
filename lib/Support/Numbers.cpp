#include "mil/Support/Numbers.h"
#include "llvm/ADT/StringExtras.h"
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

using namespace llvm;

namespace mil {

namespace {

/// A format is sign, exponent, mantissa from the high bit down.
struct Layout {
  unsigned mantissaBits, exponentBits;
  int bias;
  bool hasInfinity;

  constexpr unsigned bits() const { return 1 + exponentBits + mantissaBits; }
  constexpr uint64_t sign() const { return uint64_t(1) << (bits() - 1); }
  constexpr uint64_t mantissaMask() const { return (uint64_t(1) << mantissaBits) - 1; }
  constexpr uint64_t exponentMask() const { return ((uint64_t(1) << exponentBits) - 1) << mantissaBits; }
  /// Without infinities all exponents are of numbers, and only all ones is a NaN.
  constexpr uint64_t largest() const { return hasInfinity ? exponentMask() - 1 : (exponentMask() | mantissaMask()) - 1; }
  constexpr bool isNaN(uint64_t bits) const { return (bits & ~sign()) > (hasInfinity ? exponentMask() : largest()); }
  /// The NaN that is printed without its bits.
  constexpr uint64_t quietNaN() const {
    return hasInfinity ? exponentMask() | uint64_t(1) << (mantissaBits - 1) : exponentMask() | mantissaMask();
  }
  constexpr uint64_t overflowed() const { return hasInfinity ? exponentMask() : quietNaN(); }
};

constexpr Layout layouts[] = {{10, 5, 15, true},    {7, 8, 127, true}, {23, 8, 127, true},
                              {52, 11, 1023, true}, {3, 4, 7, false},  {2, 5, 15, true}};

constexpr const Layout &layoutOf(FloatFormat format) { return layouts[size_t(format)]; }

/// A finite value other than zero as significand · 2^exponent, the significand's highest bit set.
struct Normalized {
  uint64_t significand;
  int exponent;
};

Normalized normalized(const Layout &layout, uint64_t bits) {
  uint64_t mantissa = bits & layout.mantissaMask();
  int exponent = int((bits & layout.exponentMask()) >> layout.mantissaBits);
  if (exponent != 0)
    mantissa |= layout.mantissaMask() + 1;
  else
    exponent = 1;
  int shift = std::countl_zero(mantissa);
  return {mantissa << shift, exponent - layout.bias - int(layout.mantissaBits) - shift};
}

struct Rounded {
  uint64_t bits;
  bool overflow = false;
  bool tie = false; ///< the value is exactly between two of the format
};

/// significand · 2^exponent, and a little more in magnitude if `sticky`, rounded to nearest even.
Rounded round(const Layout &layout, uint64_t significand, int64_t exponent, bool sticky) {
  if (significand == 0)
    return {0};
  int shift = std::countl_zero(significand);
  significand <<= shift;
  int64_t top = exponent - shift + 63; // the value is 1.xxx · 2^top
  if (top > layout.bias + 1)
    return {layout.overflowed(), true};
  int64_t below = 1 - layout.bias - top; // how far below the normal numbers
  int64_t dropped = 63 - layout.mantissaBits + std::max<int64_t>(below, 0);
  if (dropped > 64)
    return {0};
  uint64_t kept = dropped == 64 ? 0 : significand >> dropped;
  uint64_t rest = dropped == 64 ? significand : significand << (64 - dropped);
  constexpr uint64_t half = uint64_t(1) << 63;
  bool tie = rest == half && !sticky;
  // Without a branch: which way it goes is a coin toss.
  kept += unsigned(rest > half) | (unsigned(rest == half) & (unsigned(sticky) | unsigned(kept & 1)));
  // A carry out of the mantissa steps to the next exponent by itself, from subnormal to normal as well.
  uint64_t bits = below > 0 ? kept : (uint64_t(top + layout.bias - 1) << layout.mantissaBits) + kept;
  if (bits > layout.largest())
    return {layout.overflowed(), true, tie};
  return {bits, false, tie};
}

Rounded roundDouble(const Layout &layout, double magnitude, bool sticky) {
  uint64_t bits = std::bit_cast<uint64_t>(magnitude);
  if (bits == 0)
    return {0};
  Normalized value = normalized(layoutOf(FloatFormat::Double), bits);
  return round(layout, value.significand, value.exponent, sticky);
}

ParsedFloat malformed() { return {0, FloatError::Malformed}; }

constexpr uint8_t noDigit = 0xFF;
struct HexDigits {
  uint8_t value[256];
  constexpr HexDigits() : value() {
    for (unsigned c = 0; c != 256; ++c)
      value[c] = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : noDigit;
  }
  constexpr uint8_t operator[](char c) const { return value[uint8_t(c)]; }
};
constexpr HexDigits hexDigit;

/// A decimal exponent with optional sign, all of `text`; values beyond ±10^15 stay there (a text has fewer digits than that).
std::optional<int64_t> parseExponent(StringRef text) {
  bool negative = text.consume_front("-");
  if (!negative)
    text.consume_front("+");
  if (text.empty())
    return std::nullopt;
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    value = std::min<int64_t>(value * 10 + (c - '0'), 1'000'000'000'000'000);
  }
  return negative ? -value : value;
}

/// The digits after "0x".
ParsedFloat parseHex(const Layout &layout, uint64_t sign, StringRef text) {
  uint64_t significand = 0;
  int64_t exponent = 0;
  bool sticky = false, point = false, digits = false;
  const char *at = text.begin(), *end = text.end();
  for (; at != end; ++at) {
    uint8_t digit = hexDigit[*at];
    if (digit == noDigit) {
      if (*at != '.' || point)
        break;
      point = true;
      continue;
    }
    digits = true;
    if (significand >> 60 == 0) {
      significand = significand << 4 | digit;
      exponent -= point ? 4 : 0;
    } else {
      sticky |= digit != 0;
      exponent += point ? 0 : 4;
    }
  }
  if (!digits)
    return malformed();
  if (at != end) {
    if (*at != 'p' && *at != 'P')
      return malformed();
    std::optional<int64_t> scale = parseExponent(StringRef(at + 1, size_t(end - at - 1)));
    if (!scale)
      return malformed();
    exponent += *scale;
  }
  Rounded rounded = round(layout, significand, exponent, sticky);
  ParsedFloat result{rounded.bits | sign, std::nullopt};
  if (rounded.overflow)
    result.error = FloatError::Overflow;
  return result;
}

/// A decimal taken apart: its digits from the first that isn't 0 on (a point may be among them), times a power of ten.
struct Decimal {
  StringRef digits;
  int64_t exponent = 0; ///< of the first digit: 7.5e-3 has -3

  explicit Decimal(StringRef text) {
    size_t mark = std::min(text.find_first_of("eE"), text.size());
    digits = text.take_front(mark);
    if (mark != text.size())
      exponent = parseExponent(text.drop_front(mark + 1)).value_or(0);
    size_t point = std::min(digits.find('.'), digits.size()), first = std::min(digits.find_first_not_of("0."), digits.size());
    exponent += int64_t(point) - int64_t(first) - (first < point ? 1 : 0);
    digits = digits.drop_front(first);
  }
};

/// Compares two decimals other than zero, exactly: below, equal to or above 0 as `a` is smaller, equal or larger.
int compare(const Decimal &a, const Decimal &b) {
  if (a.exponent != b.exponent)
    return a.exponent < b.exponent ? -1 : 1;
  auto next = [](const char *&at, const char *end) {
    if (at != end && *at == '.')
      ++at;
    return at != end ? *at++ : '0';
  };
  const char *x = a.digits.begin(), *y = b.digits.begin();
  while (x != a.digits.end() || y != b.digits.end())
    if (int difference = next(x, a.digits.end()) - next(y, b.digits.end()))
      return difference;
  return 0;
}

/// Rounds a decimal whose nearest double is `middle`, exactly between two values of the format: on which side the decimal is, if any, is
/// decided digit by digit. Such a double has a few bits above 2^-150, so 120 digits write it out.
Rounded roundBesideMiddle(const Layout &layout, StringRef text, double middle) {
  char exact[256];
  auto [end, error] = std::to_chars(exact, exact + sizeof exact, middle, std::chars_format::scientific, 200);
  int side = compare(Decimal(text), Decimal(StringRef(exact, size_t(end - exact))));
  return roundDouble(layout, side < 0 ? std::nextafter(middle, 0.0) : middle, /*sticky=*/side > 0);
}

/// The common case of a decimal, some faster than the general one: when digits and power of ten are both exact doubles, one division or
/// multiplication rounds as it should. Nothing for any other text, malformed ones among them.
std::optional<double> parseShortDecimal(StringRef text) {
  static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (text.size() > 24)
    return std::nullopt;
  const char *at = text.begin(), *end = text.end();
  uint64_t value = 0;
  unsigned digits = 0;
  for (; at != end && unsigned(*at - '0') < 10; ++at, ++digits)
    value = value * 10 + unsigned(*at - '0');
  int exponent = 0;
  if (at != end && *at == '.')
    for (++at; at != end && unsigned(*at - '0') < 10; ++at, ++digits, --exponent)
      value = value * 10 + unsigned(*at - '0');
  if (digits == 0 || digits > 19 || value >> 53)
    return std::nullopt;
  if (at != end) {
    if ((*at | 0x20) != 'e')
      return std::nullopt;
    std::optional<int64_t> scale = parseExponent(StringRef(at + 1, size_t(end - at - 1)));
    if (!scale || std::abs(*scale) > 1000)
      return std::nullopt;
    exponent += int(*scale);
  }
  if (std::abs(exponent) > 22)
    return std::nullopt;
  return exponent < 0 ? double(value) / powers[-exponent] : double(value) * powers[exponent];
}

/// The nearest double of any decimal, infinity for those too large; nothing if malformed.
std::optional<double> parseToDouble(StringRef text) {
  if (std::optional<double> value = parseShortDecimal(text))
    return value;
  double value = 0;
  auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error == std::errc::invalid_argument || end != text.end())
    return std::nullopt;
  if (error == std::errc::result_out_of_range)
    return Decimal(text).exponent > 0 ? HUGE_VAL : 0;
  return value;
}

ParsedFloat parseDecimal(FloatFormat format, uint64_t sign, StringRef text) {
  const Layout &layout = layoutOf(format);
  std::optional<double> nearest = parseToDouble(text);
  if (!nearest)
    return malformed();
  double value = *nearest;
  if (std::isinf(value))
    return {layout.overflowed() | sign, FloatError::Overflow};
  if (format == FloatFormat::Double)
    return {std::bit_cast<uint64_t>(value) | sign, std::nullopt};
  // Rounding the nearest double once more is exact unless it is itself in the middle of two values: then the decimal may lie beside it.
  Rounded rounded = roundDouble(layout, value, false);
  if (rounded.tie)
    rounded = roundBesideMiddle(layout, text, value);
  ParsedFloat result{rounded.bits | sign, std::nullopt};
  if (rounded.overflow)
    result.error = FloatError::Overflow;
  return result;
}

/// "inf", "infinity", "nan" and "nan(0x7e01)" without their sign.
ParsedFloat parseSpecial(const Layout &layout, uint64_t sign, bool hasSign, StringRef text) {
  if (text == "inf" || text == "infinity")
    return layout.hasInfinity ? ParsedFloat{layout.exponentMask() | sign, std::nullopt}
                              : ParsedFloat{layout.overflowed() | sign, FloatError::Overflow};
  if (text == "nan")
    return {layout.quietNaN() | sign, std::nullopt};
  if (hasSign || !text.consume_front("nan(0x") || !text.consume_back(")"))
    return malformed();
  uint64_t bits = 0;
  if (text.empty() || text.size() > 16 || text.getAsInteger(16, bits) || !isHexDigit(text.front()))
    return malformed();
  if ((layout.bits() < 64 && bits >> layout.bits()) || !layout.isNaN(bits))
    return malformed();
  return {bits, std::nullopt};
}

} // namespace

double toDouble(FloatFormat format, uint64_t bits) {
  if (format == FloatFormat::Double)
    return std::bit_cast<double>(bits);
  const Layout &layout = layoutOf(format), &wide = layoutOf(FloatFormat::Double);
  uint64_t sign = bits & layout.sign() ? wide.sign() : 0;
  bits &= ~layout.sign();
  if (layout.isNaN(bits) || bits > layout.largest()) // a payload keeps its place at the top of the mantissa
    return std::bit_cast<double>(sign | wide.exponentMask() | (bits & layout.mantissaMask()) << (wide.mantissaBits - layout.mantissaBits));
  if (bits == 0)
    return std::bit_cast<double>(sign);
  Normalized value = normalized(layout, bits);
  return std::bit_cast<double>(sign | round(wide, value.significand, value.exponent, false).bits);
}

uint64_t fromDouble(FloatFormat format, double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  if (format == FloatFormat::Double)
    return bits;
  const Layout &layout = layoutOf(format), &wide = layoutOf(FloatFormat::Double);
  uint64_t sign = bits & wide.sign() ? layout.sign() : 0;
  bits &= ~wide.sign();
  if (wide.isNaN(bits)) {
    uint64_t payload = (bits & wide.mantissaMask()) >> (wide.mantissaBits - layout.mantissaBits);
    return sign | (layout.hasInfinity && payload != 0 ? layout.exponentMask() | payload : layout.quietNaN());
  }
  if (bits == wide.exponentMask())
    return sign | layout.overflowed();
  return sign | roundDouble(layout, std::bit_cast<double>(bits), false).bits;
}

void printFloat(FloatFormat format, uint64_t bits, SmallVectorImpl<char> &out) {
  const Layout &layout = layoutOf(format);
  constexpr char digits[] = "0123456789abcdef";
  char text[32], *at = text;
  auto put = [&](StringRef piece) { at = static_cast<char *>(std::memcpy(at, piece.data(), piece.size())) + piece.size(); };
  if (layout.isNaN(bits)) {
    put("nan");
    if (bits != layout.quietNaN()) {
      put("(0x");
      for (unsigned shift = layout.bits(); shift != 0; shift -= 4)
        *at++ = digits[bits >> (shift - 4) & 15];
      *at++ = ')';
    }
    out.append(text, at);
    return;
  }
  if (bits & layout.sign())
    *at++ = '-';
  bits &= ~layout.sign();
  if (bits == 0) {
    put("0x0p+0");
  } else if (bits > layout.largest()) {
    put("inf");
  } else {
    Normalized value = normalized(layout, bits);
    put("0x1");
    uint64_t fraction = value.significand << 1;
    if (fraction != 0)
      *at++ = '.';
    for (; fraction != 0; fraction <<= 4)
      *at++ = digits[fraction >> 60];
    int exponent = value.exponent + 63;
    *at++ = 'p';
    *at++ = exponent < 0 ? '-' : '+';
    unsigned magnitude = unsigned(std::abs(exponent));
    char reversed[4], *last = reversed;
    do
      *last++ = char('0' + magnitude % 10);
    while (magnitude /= 10);
    while (last != reversed)
      *at++ = *--last;
  }
  out.append(text, at);
}

ParsedFloat parseFloat(FloatFormat format, StringRef text) {
  const Layout &layout = layoutOf(format);
  bool negative = !text.empty() && text.front() == '-', hasSign = negative || (!text.empty() && text.front() == '+');
  uint64_t sign = negative ? layout.sign() : 0;
  text = text.drop_front(hasSign);
  if (text.empty())
    return malformed();
  char first = text.front();
  if (first == '0' && text.size() > 2 && (text[1] | 0x20) == 'x')
    return parseHex(layout, sign, text.drop_front(2));
  if ((first >= '0' && first <= '9') || first == '.')
    return parseDecimal(format, sign, text);
  return parseSpecial(layout, sign, hasSign, text);
}

} // namespace mil
