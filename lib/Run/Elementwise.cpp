#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Elementwise.cpp"
#include <hwy/foreach_target.h>

#include "DoubleMath-inl.h"
#include "Elementwise.h"
#include "Math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

static_assert(runPadding % lanes == 0);

template <typename F> static void each(float *values, size_t count, bool rounds, F f) {
  for (size_t i = 0; i < count; i += lanes) {
    FloatVector result = f(load(values + i));
    store(rounds ? roundToHalf(result) : result, values + i);
  }
}
template <typename F> static void eachPair(float *values, const float *first, const float *second, size_t count, bool rounds, F f) {
  for (size_t i = 0; i < count; i += lanes) {
    FloatVector result = f(load(first + i), load(second + i));
    store(rounds ? roundToHalf(result) : result, values + i);
  }
}

/// The same in doubles, rounded to fp32.
template <typename F> static void eachWide(float *values, size_t count, bool rounds, F f) {
  for (size_t i = 0; i < count; i += size_t(doubleLanes))
    narrow(f(widen(values + i)), values + i);
  if (rounds)
    each(values, count, true, [](auto x) { return x; });
}
template <typename F> static void eachWidePair(float *values, const float *first, const float *second, size_t count, bool rounds, F f) {
  for (size_t i = 0; i < count; i += size_t(doubleLanes))
    narrow(f(widen(first + i), widen(second + i)), values + i);
  if (rounds)
    each(values, count, true, [](auto x) { return x; });
}

/// Functions that are one or two instructions.
static bool applyPlain(const Step &step, float *v, size_t n) {
  FloatVector a = set(step.a), b = set(step.b), zero = set(0), one = set(1);
  bool r = step.rounds;
  switch (step.kind) {
  case StepKind::None:
    return r ? each(v, n, r, [](auto x) { return x; }), true : true;
  case StepKind::Abs:
    return each(v, n, r, [](auto x) { return hn::Abs(x); }), true;
  case StepKind::Ceil:
    return each(v, n, r, [](auto x) { return hn::Ceil(x); }), true;
  case StepKind::Floor:
    return each(v, n, r, [](auto x) { return hn::Floor(x); }), true;
  case StepKind::Round:
    return each(v, n, r, [](auto x) { return hn::Round(x); }), true;
  case StepKind::Clip:
    return each(v, n, r,
                [=](auto x) {
                  auto atLeast = hn::IfThenElse(hn::Lt(x, a), a, x);
                  return hn::IfThenElse(hn::Gt(atLeast, b), b, atLeast);
                }),
           true;
  case StepKind::Inverse:
    return each(v, n, r, [=](auto x) { return hn::Div(one, hn::Add(x, a)); }), true;
  case StepKind::LeakyRelu:
    return each(v, n, r, [=](auto x) { return hn::IfThenElse(hn::Lt(x, zero), hn::Mul(a, x), x); }), true;
  case StepKind::Linear:
    return each(v, n, r, [=](auto x) { return hn::MulAdd(a, x, b); }), true;
  case StepKind::Relu:
    return each(v, n, r, [=](auto x) { return hn::IfThenElse(hn::Lt(x, zero), zero, x); }), true;
  case StepKind::Rsqrt:
    return each(v, n, r, [=](auto x) { return hn::Div(one, hn::Sqrt(hn::Add(x, a))); }), true;
  case StepKind::SigmoidHard:
    return each(v, n, r,
                [=](auto x) {
                  auto line = hn::MulAdd(a, x, b);
                  line = hn::IfThenElse(hn::Lt(line, zero), zero, line);
                  return hn::IfThenElse(hn::Gt(line, one), one, line);
                }),
           true;
  case StepKind::Sign:
    return each(v, n, r, [=](auto x) { return hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Neg(one), x)); }),
           true;
  case StepKind::Softsign:
    return each(v, n, r, [=](auto x) { return hn::Div(x, hn::Add(one, hn::Abs(x))); }), true;
  case StepKind::Sqrt:
    return each(v, n, r, [](auto x) { return hn::Sqrt(x); }), true;
  case StepKind::Square:
    return each(v, n, r, [](auto x) { return hn::Mul(x, x); }), true;
  case StepKind::Threshold:
    return each(v, n, r, [=](auto x) { return hn::IfThenElse(hn::Lt(x, a), a, x); }), true;
  case StepKind::ThresholdRelu:
    return each(v, n, r, [=](auto x) { return hn::IfThenElse(hn::Ge(x, a), x, zero); }), true;
  default:
    return false;
  }
}

/// Functions made of exponentials.
static bool applyCurve(const Step &step, float *v, size_t n) {
  FloatVector a = set(step.a), b = set(step.b), zero = set(0), one = set(1), half = set(0.5f);
  bool r = step.rounds;
  switch (step.kind) {
  case StepKind::Elu:
    return each(v, n, r, [=](auto x) { return hn::IfThenElse(hn::Gt(x, zero), x, hn::Mul(a, expm1(x))); }), true;
  case StepKind::Erf:
    return each(v, n, r, [](auto x) { return erf(x); }), true;
  case StepKind::Exp:
    return each(v, n, r, [](auto x) { return exp(x); }), true;
  case StepKind::GeluExact:
    return each(v, n, r, [=](auto x) { return hn::Mul(hn::Mul(half, x), hn::Add(one, erf(hn::Mul(x, set(0.70710678118654752f))))); }), true;
  case StepKind::GeluSigmoid:
    return each(v, n, r, [=](auto x) { return hn::Mul(x, sigmoid(hn::Mul(x, set(1.702f)))); }), true;
  case StepKind::GeluTanh:
    return each(v, n, r,
                [=](auto x) {
                  auto cubic = hn::MulAdd(hn::Mul(set(0.044715f), x), hn::Mul(x, x), x);
                  return hn::Mul(hn::Mul(half, x), hn::Add(one, tanh(hn::Mul(set(0.79788456080286536f), cubic))));
                }),
           true;
  case StepKind::Log:
    return each(v, n, r, [=](auto x) { return log(hn::Add(x, a)); }), true;
  case StepKind::Sigmoid:
    return each(v, n, r, [](auto x) { return sigmoid(x); }), true;
  case StepKind::Silu:
    return each(v, n, r, [](auto x) { return hn::Mul(x, sigmoid(x)); }), true;
  case StepKind::Softplus:
    return each(v, n, r, [](auto x) { return softplus(x); }), true;
  case StepKind::Tanh:
    return each(v, n, r, [](auto x) { return tanh(x); }), true;
  case StepKind::TanhScaled:
    return each(v, n, r, [=](auto x) { return hn::Mul(a, tanh(hn::Mul(b, x))); }), true;
  default:
    return false;
  }
}

/// Functions computed in doubles.
static bool applyWide(const Step &step, float *v, size_t n) {
  bool r = step.rounds;
  switch (step.kind) {
  case StepKind::Acos:
    return eachWide(v, n, r, [](auto x) { return acos(x); }), true;
  case StepKind::Asin:
    return eachWide(v, n, r, [](auto x) { return asin(x); }), true;
  case StepKind::Atan:
    return eachWide(v, n, r, [](auto x) { return atan(x); }), true;
  case StepKind::Atanh:
    return eachWide(v, n, r, [](auto x) { return atanh(x); }), true;
  case StepKind::Cos:
    return eachWide(v, n, r, [](auto x) { return cos(x); }), true;
  case StepKind::Cosh:
    return eachWide(v, n, r, [](auto x) { return cosh(x); }), true;
  case StepKind::Exp2:
    return eachWide(v, n, r, [](auto x) { return exp2(x); }), true;
  case StepKind::Sin:
    return eachWide(v, n, r, [](auto x) { return sin(x); }), true;
  case StepKind::Sinh:
    return eachWide(v, n, r, [](auto x) { return sinh(x); }), true;
  case StepKind::Tan:
    return eachWide(v, n, r, [](auto x) { return tan(x); }), true;
  default:
    return false;
  }
}

static bool applyPair(const Step &step, float *v, const float *others, size_t n) {
  bool r = step.rounds;
  const float *first = step.otherFirst ? others : v, *second = step.otherFirst ? v : others;
  switch (step.kind) {
  case StepKind::Add:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::Add(x, y); }), true;
  case StepKind::Sub:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::Sub(x, y); }), true;
  case StepKind::Mul:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::Mul(x, y); }), true;
  case StepKind::Div:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::Div(x, y); }), true;
  case StepKind::DivRoot:
    return eachPair(v, first, second, n, r, [=](auto x, auto y) { return hn::Div(x, hn::Sqrt(hn::Add(y, set(step.a)))); }), true;
  case StepKind::FloorDivide:
    return eachWidePair(v, first, second, n, r, [](auto x, auto y) { return floorDivide(x, y); }), true;
  case StepKind::Maximum:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Gt(x, y)), x, y); }), true;
  case StepKind::Minimum:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Lt(x, y)), x, y); }), true;
  case StepKind::Modulo:
    return eachWidePair(v, first, second, n, r, [](auto x, auto y) { return modulo(x, y); }), true;
  case StepKind::Pow:
    return eachWidePair(v, first, second, n, r, [](auto x, auto y) { return pow(x, y); }), true;
  case StepKind::Prelu:
    return eachPair(v, first, second, n, r, [](auto x, auto y) { return hn::IfThenElse(hn::Gt(x, set(0)), x, hn::Mul(x, y)); }), true;
  default:
    return false;
  }
}

void applyVectors(const Step &step, float *values, const float *others, size_t count) {
  step.takesOther() ? applyPair(step, values, others, count)
                    : applyPlain(step, values, count) || applyCurve(step, values, count) || applyWide(step, values, count);
}

void widenVectors(ConstFloats from, size_t count, float *to) {
  visit(from, [&](auto *floats) { widen(floats, count, to); });
}
void narrowVectors(const float *from, size_t count, Floats to) {
  visit(to, [&](auto *floats) { narrow(from, count, floats); });
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil::fast {
HWY_EXPORT(applyVectors);
HWY_EXPORT(widenVectors);
HWY_EXPORT(narrowVectors);

void applyStep(const Step &step, float *values, const float *others, size_t count) {
  HWY_DYNAMIC_DISPATCH(applyVectors)(step, values, others, count);
}
void widenRun(ConstFloats from, size_t count, float *to) { HWY_DYNAMIC_DISPATCH(widenVectors)(from, count, to); }
void narrowRun(const float *from, size_t count, Floats to) { HWY_DYNAMIC_DISPATCH(narrowVectors)(from, count, to); }
} // namespace mil::fast
#endif
