// Rounding between fp16 and float without branches, so that compilers can vectorize the loops.
//
// A single operation in float, rounded to fp16 afterwards, has the same bits as fp16 arithmetic, because a float has more than twice as
// many digits. So weights of both types are computed in float here; code that computes single doubles uses mil/Support/Half.h.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <bit>
#include <cmath>
#include <cstdint>

namespace mil {

/// The value of an fp16, exact.
inline float floatOfHalf(uint16_t half) {
  // The exponents' biases differ by 112; the product is exact, and normalises subnormals.
  uint32_t bits = std::bit_cast<uint32_t>(std::bit_cast<float>(uint32_t(half & 0x7FFF) << 13) * 0x1p112f);
  bits |= (half & 0x7C00) == 0x7C00 ? 0x7F800000u : 0u;
  return std::bit_cast<float>(bits | uint32_t(half & 0x8000) << 16);
}

/// `value` rounded to the nearest fp16, ties to even; overflow gives infinity, NaN stays NaN.
inline float roundedToHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), sign = bits & 0x80000000u, magnitude = bits & 0x7FFFFFFFu;
  uint32_t normal = (magnitude + 0xFFFu + (magnitude >> 13 & 1)) & ~0x1FFFu;
  normal = normal >= 0x47800000u ? 0x7F800000u : normal; // 65536
  // Multiples of 2^-24, as the last bit of 0.5 is.
  uint32_t subnormal = std::bit_cast<uint32_t>((std::bit_cast<float>(magnitude) + 0.5f) - 0.5f);
  uint32_t result = magnitude < 0x38800000u ? subnormal : normal;
  result = magnitude > 0x7F800000u ? magnitude : result;
  return std::bit_cast<float>(result | sign);
}

/// The bits of a float that is an fp16.
inline uint16_t bitsOfHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), magnitude = bits & 0x7FFFFFFFu;
  uint32_t normal = (magnitude >> 13) - (112u << 10);
  uint32_t subnormal = uint32_t(std::bit_cast<float>(magnitude) * 0x1p24f);
  uint32_t result = magnitude < 0x38800000u ? subnormal : magnitude >= 0x7F800000u ? 0x7C00u | (magnitude > 0x7F800000u) << 9 : normal;
  return uint16_t(result | (bits >> 16 & 0x8000u));
}

/// The nearest integer, ties to even; |value| must be less than 2^22.
inline float nearestInteger(float value) { return (value + 0x1.8p23f) - 0x1.8p23f; }

/// The bits of the fp16 at a place in the order of all fp16s by value: negative NaNs first, -0 before 0, positive NaNs last.
inline uint16_t halfOfOrder(uint16_t order) { return order & 0x8000 ? uint16_t(order & 0x7FFF) : uint16_t(~order); }

} // namespace mil
