// Floats in the memory of kernels: fp32, or fp16, which is computed as fp32 and rounded when it is stored.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace mil::fast {

/// The bits of an fp16.
enum class Half : uint16_t {};

/// The format in which the floats of a buffer are stored.
enum class Format : uint8_t { Single, Half };
inline size_t sizeOf(Format format) { return format == Format::Single ? 4 : 2; }

/// Elements of a format in memory.
struct ConstFloats {
  const void *data = nullptr;
  Format format = Format::Single;
  /// The elements starting at number i.
  ConstFloats from(int64_t i) const { return {static_cast<const char *>(data) + i * int64_t(sizeOf(format)), format}; }
};
struct Floats {
  void *data = nullptr;
  Format format = Format::Single;
  Floats from(int64_t i) const { return {static_cast<char *>(data) + i * int64_t(sizeOf(format)), format}; }
  operator ConstFloats() const { return {data, format}; }
};

/// Calls f(const float *) or f(const Half *), depending on the format.
template <typename F> decltype(auto) visit(ConstFloats floats, F f) {
  return floats.format == Format::Single ? f(static_cast<const float *>(floats.data)) : f(static_cast<const Half *>(floats.data));
}
template <typename F> decltype(auto) visit(Floats floats, F f) {
  return floats.format == Format::Single ? f(static_cast<float *>(floats.data)) : f(static_cast<Half *>(floats.data));
}

/// The value of an fp16, exact.
inline float toFloat(Half half) {
  uint32_t bits = uint32_t(half), sign = (bits & 0x8000) << 16, magnitude = bits & 0x7FFF;
  if (magnitude >= 0x7C00)
    return std::bit_cast<float>(sign | 0x7F800000 | (magnitude << 13));
  // The exponents' biases differ by 112; the product is exact, and normalises subnormals.
  return std::bit_cast<float>(std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude << 13) * 0x1p112f) | sign);
}

inline float toFloat(float value) { return value; }

/// The nearest fp16, ties to even; overflow gives infinity, NaN a quiet NaN.
inline Half toHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000)
    return Half(sign | 0x7E00 | (magnitude >> 13 & 0x1FF));
  if (magnitude >= 0x477FF000) // 65520: half way to what follows 65504
    return Half(sign | 0x7C00);
  if (magnitude < 0x38800000) // below 2^-14: a multiple of 2^-24, which is what the last place of 0.5 is worth
    return Half(sign | (std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3F000000));
  return Half(sign | ((magnitude - 0x38000000 + 0xFFF + (magnitude >> 13 & 1)) >> 13));
}

} // namespace mil::fast
