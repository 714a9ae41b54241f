#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "QuantizedRuns.cpp"
#include <hwy/foreach_target.h>

#include "Parts.h"
#include "QuantizedRuns.h"
#include <algorithm>
#include <cmath>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mil::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Bits = hn::RebindToUnsigned<Floats>;
using Vector = hn::Vec<Floats>;

Vector set(float value) { return hn::Set(Floats(), value); }

/// values[i] = f(values[i]); what is left at the end goes through a vector that is filled up with zeros.
template <typename F> void replaceEach(float *values, size_t count, F f) {
  constexpr Floats floats;
  const size_t lanes = hn::Lanes(floats);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    hn::StoreU(f(hn::LoadU(floats, values + i)), floats, values + i);
  if (i == count)
    return;
  HWY_ALIGN float rest[hn::MaxLanes(floats)] = {};
  std::copy(values + i, values + count, rest);
  hn::Store(f(hn::Load(floats, rest)), floats, rest);
  std::copy_n(rest, count - i, values + i);
}

/// Rounds to the eleven digits of an fp16; for magnitudes below 1,024, and not for those below 2^-14, which have fewer.
Vector roundedToDigits(Vector value) {
  constexpr Bits bits;
  auto number = hn::BitCast(bits, value);
  auto half = hn::Add(hn::Set(bits, 0xFFFu), hn::And(hn::ShiftRight<13>(number), hn::Set(bits, 1u)));
  return hn::BitCast(Floats(), hn::And(hn::Add(number, half), hn::Set(bits, ~0x1FFFu)));
}

/// As roundedToHalf of Rounding.h, for numbers.
Vector roundedToHalves(Vector value) {
  auto isLarge = hn::Ge(hn::Abs(value), set(65520));
  auto isSmall = hn::Lt(hn::Abs(value), set(0x1p-14f));
  // Multiples of 2^-24, as the last bit of 0.5 is.
  auto small = hn::Sub(hn::Add(hn::Abs(value), set(0.5f)), set(0.5f));
  auto rounded = hn::IfThenElse(isSmall, hn::CopySignToAbs(small, value), roundedToDigits(value));
  return hn::IfThenElse(isLarge, hn::CopySignToAbs(set(HUGE_VALF), value), rounded);
}

/// Integers of elements.
template <bool isHalf> struct Quantize {
  explicit Quantize(const QuantizationStep &step)
      : scale(set(step.scale)), offset(set(step.offset)), least(set(step.least)), greatest(set(step.greatest)) {}
  Vector operator()(Vector value) const {
    // No integer is beyond 255; numbers with fewer digits than eleven are 0.
    auto steps = hn::Min(hn::Max(hn::Div(value, scale), set(-1024)), set(1024));
    if constexpr (isHalf)
      steps = roundedToDigits(steps);
    auto integer = hn::Sub(hn::Add(steps, set(0x1.8p23f)), set(0x1.8p23f));
    return hn::Min(hn::Max(hn::Add(integer, offset), least), greatest);
  }
  Vector scale, offset, least, greatest;
};

/// The numbers that integers represent.
template <bool isHalf> struct Dequantize {
  explicit Dequantize(const QuantizationStep &step) : scale(set(step.scale)), offset(set(step.offset)) {}
  Vector operator()(Vector integer) const {
    auto value = hn::Mul(hn::Sub(integer, offset), scale);
    return isHalf ? roundedToHalves(value) : value;
  }
  Vector scale, offset;
};

template <bool isHalf> double errorOf(const float *values, size_t count, const QuantizationStep &step, double limit) {
  Quantize<isHalf> quantize(step);
  Dequantize<isHalf> dequantize(step);
  constexpr size_t window = 256, chains = 8;
  HWY_ALIGN float errors[window];
  double error = 0;
  for (size_t at = 0; at < count && error <= limit; at += window) {
    size_t n = std::min(window, count - at);
    std::copy_n(values + at, n, errors);
    replaceEach(errors, n, [&](Vector value) { return hn::Sub(dequantize(quantize(value)), value); });
    std::fill(errors + n, errors + (n + chains - 1) / chains * chains, 0.0f);
    // As many sums for every instruction set, so that the result is the same.
    double sums[chains] = {};
    for (size_t i = 0; i < n; i += chains)
      for (size_t k = 0; k < chains; ++k)
        sums[k] += double(errors[i + k]) * double(errors[i + k]);
    error += ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  }
  return error;
}
} // namespace

void integers(float *values, size_t count, const QuantizationStep &step) {
  step.isHalf ? replaceEach(values, count, Quantize<true>(step)) : replaceEach(values, count, Quantize<false>(step));
}
void numbers(float *values, size_t count, const QuantizationStep &step) {
  step.isHalf ? replaceEach(values, count, Dequantize<true>(step)) : replaceEach(values, count, Dequantize<false>(step));
}
double squaredError(const float *values, size_t count, const QuantizationStep &step, double limit) {
  return step.isHalf ? errorOf<true>(values, count, step, limit) : errorOf<false>(values, count, step, limit);
}

void rangeOf(const float *values, size_t count, Range &range) {
  constexpr Floats floats;
  const size_t lanes = hn::Lanes(floats);
  auto least = set(range.least), greatest = set(range.greatest), zero = set(0);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    auto value = hn::LoadU(floats, values + i);
    least = hn::Min(value, least), greatest = hn::Max(value, greatest);
    zero = hn::Add(zero, hn::Mul(value, set(0))); // NaN for infinities and NaN
  }
  range.least = hn::GetLane(hn::MinOfLanes(floats, least)), range.greatest = hn::GetLane(hn::MaxOfLanes(floats, greatest));
  float rest = hn::GetLane(hn::SumOfLanes(floats, zero));
  for (; i < count; ++i) {
    range.least = std::min(range.least, values[i]), range.greatest = std::max(range.greatest, values[i]);
    rest += values[i] * 0;
  }
  range.finite &= rest == 0;
}

} // namespace mil::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil {
HWY_EXPORT(integers);
HWY_EXPORT(numbers);
HWY_EXPORT(squaredError);
HWY_EXPORT(rangeOf);

void quantizeRun(llvm::MutableArrayRef<float> values, const QuantizationStep &step) {
  HWY_DYNAMIC_DISPATCH(integers)(values.data(), values.size(), step);
}
void dequantizeRun(llvm::MutableArrayRef<float> values, const QuantizationStep &step) {
  HWY_DYNAMIC_DISPATCH(numbers)(values.data(), values.size(), step);
}
double errorOfRun(llvm::ArrayRef<float> values, const QuantizationStep &step, double limit) {
  return HWY_DYNAMIC_DISPATCH(squaredError)(values.data(), values.size(), step, limit);
}
void extend(Range &range, llvm::ArrayRef<float> values) { HWY_DYNAMIC_DISPATCH(rangeOf)(values.data(), values.size(), range); }
} // namespace mil
#endif
