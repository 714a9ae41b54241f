// Functions of vectors of fp32 that are correct for every argument: NaN gives NaN; infinities and zeros give their limits or the results
// that IEEE 754 requires.

// Included once per target: no #pragma once.
#if defined(MIL_RUN_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MIL_RUN_MATH_INL
#undef MIL_RUN_MATH_INL
#else
#define MIL_RUN_MATH_INL
#endif

#include "Vectors-inl.h"
#include <hwy/contrib/math/math-inl.h>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

HWY_INLINE FloatVector set(float value) { return hn::Set(FloatTag(), value); }

/// Highway's functions don't specify the result for NaN.
HWY_INLINE FloatVector keepNaN(FloatVector x, FloatVector result) { return hn::IfThenElse(hn::IsNaN(x), x, result); }

HWY_INLINE FloatVector exp(FloatVector x) {
  FloatVector bounded = hn::Max(hn::Min(x, set(104)), set(-120));
  FloatVector result = hn::Exp(FloatTag(), bounded);
  result = hn::IfThenElse(hn::Gt(x, set(88.8f)), set(std::numeric_limits<float>::infinity()), result);
  return keepNaN(x, result);
}
HWY_INLINE FloatVector expm1(FloatVector x) { // of x <= 0
  return keepNaN(x, hn::Expm1(FloatTag(), hn::Max(hn::Min(x, set(0)), set(-120))));
}
HWY_INLINE FloatVector log(FloatVector x) {
  FloatVector infinity = set(std::numeric_limits<float>::infinity());
  FloatVector result = hn::Log(FloatTag(), x);
  result = hn::IfThenElse(hn::Eq(x, infinity), infinity, result);
  result = hn::IfThenElse(hn::Eq(x, set(0)), hn::Neg(infinity), result);
  result = hn::IfThenElse(hn::Lt(x, set(0)), set(std::numeric_limits<float>::quiet_NaN()), result);
  return keepNaN(x, result);
}
HWY_INLINE FloatVector sigmoid(FloatVector x) { return hn::Div(set(1), hn::Add(set(1), exp(hn::Neg(x)))); }
HWY_INLINE FloatVector tanh(FloatVector x) {
  FloatVector bounded = hn::Max(hn::Min(x, set(10)), set(-10)); // ±1 beyond
  FloatVector result = hn::Tanh(FloatTag(), bounded);
  return keepNaN(x, hn::CopySign(hn::Min(hn::Abs(result), set(1)), x));
}
/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|).
HWY_INLINE FloatVector softplus(FloatVector x) {
  FloatVector tail = hn::Log1p(FloatTag(), exp(hn::Neg(hn::Abs(x))));
  return keepNaN(x, hn::Add(hn::IfThenElse(hn::Gt(x, set(0)), x, set(0)), tail));
}

/// x · P(x²) up to 1; beyond, 1 - e^-Q(|x|), where Q = -ln(erfc). Both fitted for least greatest error, 1e-9 in exact arithmetic.
HWY_INLINE FloatVector erf(FloatVector x) {
  FloatVector size = hn::Min(hn::Abs(x), set(4)), square = hn::Mul(size, size);
  FloatVector small = set(7.889119297033176e-05f);
  for (float c : {-0.0008020841050893068f, 0.005189535208046436f, -0.026854444295167923f, 0.11283600330352783f, -0.3761262595653534f,
                  1.1283791065216064f})
    small = hn::MulAdd(small, square, set(c));
  small = hn::Mul(small, size);
  FloatVector large = set(2.1686850232072175e-05f);
  for (float c : {-0.00044133636401966214f, 0.004204561933875084f, -0.025208257138729095f, 0.10841857641935349f, 0.6332198977470398f,
                  1.1295784711837769f, -0.0001880402269307524f})
    large = hn::MulAdd(large, size, set(c));
  large = hn::Sub(set(1), hn::Exp(FloatTag(), hn::Neg(large)));
  return keepNaN(x, hn::CopySign(hn::IfThenElse(hn::Le(size, set(1)), small, large), x));
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
