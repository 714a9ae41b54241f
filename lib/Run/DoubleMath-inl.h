// Functions of vectors of doubles whose results are rounded to fp32. They are correct to 2^-40 or better, so that the rounded result is
// mostly the nearest one. NaN, infinities and signs of zeros are those of the C library.

// Included once per target: no #pragma once.
#if defined(MIL_RUN_DOUBLE_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MIL_RUN_DOUBLE_MATH_INL
#undef MIL_RUN_DOUBLE_MATH_INL
#else
#define MIL_RUN_DOUBLE_MATH_INL
#endif

#include "Vectors-inl.h"
#include "mil/Tensor/Modulo.h"
#include <cmath>
#include <hwy/contrib/math/math-inl.h>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

HWY_INLINE DoubleVector wide(double value) { return hn::Set(DoubleTag(), value); }
HWY_INLINE DoubleVector wideNaN() { return wide(std::numeric_limits<double>::quiet_NaN()); }
HWY_INLINE DoubleVector wideInfinity() { return wide(std::numeric_limits<double>::infinity()); }
HWY_INLINE DoubleVector keepNaN(DoubleVector x, DoubleVector result) { return hn::IfThenElse(hn::IsNaN(x), x, result); }

HWY_INLINE DoubleVector widen(const float *from) { return hn::PromoteTo(DoubleTag(), hn::LoadU(hn::Rebind<float, DoubleTag>(), from)); }
/// Not DemoteTo, which on some targets clamps values that are too large for fp32.
HWY_INLINE void narrow(DoubleVector v, float *to) {
  HWY_ALIGN double values[doubleLanes];
  hn::Store(v, DoubleTag(), values);
  for (int64_t i = 0; i < doubleLanes; ++i)
    to[i] = float(values[i]);
}

/// The result where `holds` is true; elsewhere f of the same elements, computed one by one.
template <typename Mask, typename F, typename... Vectors>
HWY_INLINE DoubleVector orOneByOne(Mask holds, DoubleVector result, F f, Vectors... arguments) {
  DoubleTag d;
  if (HWY_LIKELY(hn::AllTrue(d, holds)))
    return result;
  HWY_ALIGN double given[sizeof...(arguments)][doubleLanes], results[doubleLanes];
  size_t number = 0;
  (hn::Store(arguments, d, given[number++]), ...);
  for (int64_t i = 0; i < doubleLanes; ++i)
    if constexpr (sizeof...(arguments) == 1)
      results[i] = f(given[0][i]);
    else
      results[i] = f(given[0][i], given[1][i]);
  return hn::IfThenElse(holds, result, hn::Load(d, results));
}

/// 2^x, limited to 2^±200, which is outside the range of fp32.
HWY_INLINE DoubleVector exp2(DoubleVector x) {
  DoubleVector bounded = hn::Max(hn::Min(x, wide(200)), wide(-200));
  return keepNaN(x, hn::Exp(DoubleTag(), hn::Mul(bounded, wide(0.69314718055994530942))));
}
HWY_INLINE DoubleVector cosh(DoubleVector x) {
  DoubleVector power = hn::Exp(DoubleTag(), hn::Min(hn::Abs(x), wide(200)));
  return keepNaN(x, hn::Mul(wide(0.5), hn::Add(power, hn::Div(wide(1), power))));
}
HWY_INLINE DoubleVector sinh(DoubleVector x) {
  DoubleVector size = hn::Abs(x), power = hn::Exp(DoubleTag(), hn::Min(size, wide(200)));
  DoubleVector large = hn::Mul(wide(0.5), hn::Sub(power, hn::Div(wide(1), power)));
  DoubleVector small = hn::MulAdd(hn::Mul(size, wide(1.0 / 6)), hn::Mul(size, size), size); // the difference has too few digits
  return keepNaN(x, hn::CopySign(hn::IfThenElse(hn::Lt(size, wide(1e-3)), small, large), x));
}

HWY_INLINE DoubleVector asin(DoubleVector x) {
  DoubleVector size = hn::Abs(x), result = hn::CopySign(hn::Asin(DoubleTag(), hn::Min(size, wide(1))), x);
  return keepNaN(x, hn::IfThenElse(hn::Gt(size, wide(1)), wideNaN(), result));
}
HWY_INLINE DoubleVector acos(DoubleVector x) {
  DoubleVector result = hn::Acos(DoubleTag(), hn::Max(hn::Min(x, wide(1)), wide(-1)));
  return keepNaN(x, hn::IfThenElse(hn::Gt(hn::Abs(x), wide(1)), wideNaN(), result));
}
HWY_INLINE DoubleVector atan(DoubleVector x) {
  return keepNaN(x, hn::CopySign(hn::Atan(DoubleTag(), hn::Min(hn::Abs(x), wide(1e100))), x));
}
HWY_INLINE DoubleVector atanh(DoubleVector x) {
  DoubleVector size = hn::Abs(x), result = hn::Atanh(DoubleTag(), hn::Min(size, wide(0.99999999)));
  result = hn::CopySign(hn::IfThenElse(hn::Eq(size, wide(1)), wideInfinity(), result), x);
  return keepNaN(x, hn::IfThenElse(hn::Gt(size, wide(1)), wideNaN(), result));
}

// The limit up to which Highway's functions are accurate.
constexpr double mostRadians = 39000;
/// Near 0 these functions return x, including the sign of a zero.
HWY_INLINE DoubleVector keepSmall(DoubleVector x, DoubleVector result) { return hn::IfThenElse(hn::Lt(hn::Abs(x), wide(1e-6)), x, result); }
HWY_INLINE DoubleVector cos(DoubleVector x) {
  return orOneByOne(hn::Le(hn::Abs(x), wide(mostRadians)), hn::Cos(DoubleTag(), x), [](double v) { return std::cos(v); }, x);
}
HWY_INLINE DoubleVector sin(DoubleVector x) {
  return orOneByOne(hn::Le(hn::Abs(x), wide(mostRadians)), keepSmall(x, hn::Sin(DoubleTag(), x)), [](double v) { return std::sin(v); }, x);
}
HWY_INLINE DoubleVector tan(DoubleVector x) {
  DoubleVector result = hn::Div(hn::Sin(DoubleTag(), x), hn::Cos(DoubleTag(), x));
  return orOneByOne(hn::Le(hn::Abs(x), wide(mostRadians)), keepSmall(x, result), [](double v) { return std::tan(v); }, x);
}

/// |x|^y = 2^(y · log₂|x|): a double has 29 more bits than fp32, of which an exponent below 200 needs eight.
HWY_INLINE DoubleVector pow(DoubleVector x, DoubleVector y) {
  DoubleTag d;
  DoubleVector size = hn::Abs(x), zero = wide(0), one = wide(1), infinity = wideInfinity();
  DoubleVector log = hn::Log2(d, size);
  log = hn::IfThenElse(hn::Eq(size, zero), hn::Neg(infinity), hn::IfThenElse(hn::Eq(size, infinity), infinity, log));
  DoubleVector power = hn::IfThenElse(hn::Eq(size, one), one, exp2(hn::Mul(y, log))); // 1^∞ is 1
  auto isWhole = hn::Eq(hn::Floor(y), y), isEven = hn::Eq(hn::Floor(hn::Mul(y, wide(0.5))), hn::Mul(y, wide(0.5)));
  auto isOdd = hn::AndNot(isEven, isWhole), isNegative = hn::Lt(hn::CopySign(one, x), zero);
  power = hn::IfThenElse(hn::And(isOdd, isNegative), hn::Neg(power), power);
  auto isUndefined = hn::AndNot(isWhole, hn::And(hn::Lt(x, zero), hn::Gt(x, hn::Neg(infinity))));
  power = keepNaN(x, keepNaN(y, hn::IfThenElse(isUndefined, wideNaN(), power)));
  return hn::IfThenElse(hn::Or(hn::Eq(y, zero), hn::Eq(x, one)), one, power);
}

HWY_INLINE DoubleVector floorDivide(DoubleVector x, DoubleVector y) {
  DoubleVector quotient = hn::Div(x, y);
  return hn::IfThenElse(hn::Eq(quotient, wide(0)), quotient, hn::Floor(quotient)); // Floor loses the sign of a zero on some targets
}

/// floorModulo of numbers that are fp32: the product of y and a quotient of 29 bits is exact.
HWY_INLINE DoubleVector modulo(DoubleVector x, DoubleVector y) {
  DoubleVector zero = wide(0), quotient = hn::Trunc(hn::Div(x, y)), rest = hn::Sub(x, hn::Mul(quotient, y));
  auto isExact = hn::And(hn::Lt(hn::Abs(quotient), wide(0x1p29)), hn::Lt(hn::Abs(y), wideInfinity()));
  auto differs = hn::Xor(hn::Lt(rest, zero), hn::Lt(y, zero));
  DoubleVector result = hn::IfThenElse(hn::Eq(rest, zero), hn::CopySign(zero, y), hn::IfThenElse(differs, hn::Add(rest, y), rest));
  return orOneByOne(isExact, result, [](double a, double b) { return mil::floorModulo(a, b); }, x, y);
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
