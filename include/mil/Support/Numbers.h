// Numbers: the small floating-point types, and floating-point text as MIL writes it.
//
//   fromDouble(FloatFormat::Half, 1.5)        // 0x3E00
//   parseFloat(FloatFormat::Half, "0x1.8p+0") // the same bits
//
// MIL text prints a float as the C99 hexadecimal of its value widened to double ("0x1.8p+1"), subnormals normalised, `inf`, `-inf`,
// `nan`, and any other NaN with its bits ("nan(0x7e01)"). Reading accepts that and decimals, rounding once, to nearest even, directly to
// the target type.
#pragma once

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace mil {

/// The floating-point formats of MIL, by their bits.
enum class FloatFormat : uint8_t { Half, BFloat, Single, Double, Float8E4M3FN, Float8E5M2 };

/// The value of `bits` in `format`, exact.
double toDouble(FloatFormat format, uint64_t bits);
/// `value` rounded to nearest even in `format`; overflow gives infinity, or NaN for E4M3FN, which has no infinity.
uint64_t fromDouble(FloatFormat format, double value);
/// The same for a float; widening it to double is exact, so it is rounded only once.
inline uint64_t fromFloat(FloatFormat format, float value) { return fromDouble(format, double(value)); }

/// Appends the float with these bits as MIL text.
void printFloat(FloatFormat format, uint64_t bits, llvm::SmallVectorImpl<char> &out);

/// The reason why a text can't be read as a float of a format.
enum class FloatError : uint8_t { Malformed, Overflow };
/// The result of parseFloat: the bits, or an error.
struct ParsedFloat {
  uint64_t bits = 0;
  std::optional<FloatError> error;
};
/// Reads one float (all of `text`). A finite literal that overflows the format is an error.
ParsedFloat parseFloat(FloatFormat format, llvm::StringRef text);

} // namespace mil
