// Fast conversion between fp16 and double, for reading and rounding whole weights.
//
// Equivalent to toDouble and fromDouble of mil/Support/Numbers.h with FloatFormat::Half, which support all formats and are about ten times
// slower; NaNs are passed on to them.
#pragma once

#include "mil/Support/Numbers.h"
#include <bit>
#include <cmath>

namespace mil {

/// The value of an fp16, exact.
inline double halfToDouble(uint16_t half) {
  if ((half & 0x7C00) == 0x7C00)
    return toDouble(FloatFormat::Half, half);
  // The exponents' biases differ by 1008; the product is exact, and normalises subnormals.
  double magnitude = std::bit_cast<double>(uint64_t(half & 0x7FFF) << 42) * 0x1p1008;
  return half & 0x8000 ? -magnitude : magnitude;
}

/// `value` rounded to the nearest fp16, ties to even; overflow gives infinity.
inline double roundToHalf(double value) {
  double magnitude = std::fabs(value);
  if (magnitude < 0x1p-14) { // multiples of 2^-24: what fits the significand of a sum of this size
    constexpr double large = 0x1.8p28;
    return std::copysign((magnitude + large) - large, value);
  }
  if (!(magnitude < 65520))
    return toDouble(FloatFormat::Half, fromDouble(FloatFormat::Half, value));
  uint64_t bits = std::bit_cast<uint64_t>(value);
  bits += (uint64_t(1) << 41) - 1 + (bits >> 42 & 1);
  return std::bit_cast<double>(bits & ~((uint64_t(1) << 42) - 1));
}

/// The bits of the fp16 nearest to `value`, with the same rounding as roundToHalf.
inline uint16_t halfFromDouble(double value) {
  double rounded = roundToHalf(value);
  if (!(std::fabs(rounded) <= 65504))
    return uint16_t(fromDouble(FloatFormat::Half, value));
  uint64_t bits = std::bit_cast<uint64_t>(rounded * 0x1p-1008); // exact: the bits of fp16 at their places
  return uint16_t((bits >> 42 & 0x7FFF) | (bits >> 48 & 0x8000));
}

} // namespace mil
