#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Rows.cpp"
#include <hwy/foreach_target.h>

#include "DoubleMath-inl.h"
#include "Math-inl.h"
#include "Rows.h"
#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

/// The sum of f(value): four chains of vectors, then the rest.
template <typename F> static float total(const float *values, size_t count, F f) {
  FloatVector sums[4] = {set(0), set(0), set(0), set(0)};
  size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes)
    for (size_t c = 0; c < 4; ++c)
      sums[c] = hn::Add(sums[c], f(load(values + i + c * lanes)));
  for (; i + lanes <= count; i += lanes)
    sums[0] = hn::Add(sums[0], f(load(values + i)));
  FloatVector sum = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  float result = hn::GetLane(hn::SumOfLanes(FloatTag(), sum));
  if (i < count) {
    HWY_ALIGN float rest[lanes] = {};
    for (size_t k = 0; i + k < count; ++k)
      rest[k] = values[i + k];
    hn::Store(f(hn::Load(FloatTag(), rest)), FloatTag(), rest);
    for (size_t k = 0; i + k < count; ++k)
      result += rest[k];
  }
  return result;
}

/// values[i] = f(values[i]), exactly `count` of them.
template <typename F> static void replace(float *values, size_t count, F f) {
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    store(f(load(values + i)), values + i);
  if (i < count) {
    HWY_ALIGN float rest[lanes] = {};
    for (size_t k = 0; i + k < count; ++k)
      rest[k] = values[i + k];
    hn::Store(f(hn::Load(FloatTag(), rest)), FloatTag(), rest);
    for (size_t k = 0; i + k < count; ++k)
      values[i + k] = rest[k];
  }
}
/// into[i] = f(into[i], values[i]), of values that are exactly `count`; f of one lane is g.
template <typename F, typename G> static void combine(float *into, const float *values, size_t count, F f, G g) {
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    store(f(load(into + i), load(values + i)), into + i);
  for (; i < count; ++i)
    into[i] = g(into[i], values[i]);
}

float vectorSum(const float *values, size_t count) {
  return total(values, count, [](auto v) { return v; });
}
float vectorSquares(const float *values, size_t count, float center) {
  FloatVector middle = set(center);
  return total(values, count, [=](auto v) {
    auto distance = hn::Sub(v, middle);
    return hn::Mul(distance, distance);
  });
}
float vectorMagnitudes(const float *values, size_t count) {
  return total(values, count, [](auto v) { return hn::Abs(v); });
}

static FloatVector greater(FloatVector x, FloatVector y) { return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Gt(x, y)), x, y); }
static FloatVector smaller(FloatVector x, FloatVector y) { return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Lt(x, y)), x, y); }
static float greaterOne(float x, float y) { return std::isnan(x) || x > y ? x : y; }
static float smallerOne(float x, float y) { return std::isnan(x) || x < y ? x : y; }

template <typename F, typename G> static float extreme(const float *values, size_t count, float start, F f, G g) {
  FloatVector best = set(start);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    best = f(best, load(values + i));
  HWY_ALIGN float each[lanes];
  hn::Store(best, FloatTag(), each);
  for (float value : each)
    start = g(start, value);
  for (; i < count; ++i)
    start = g(start, values[i]);
  if (start == 0) // of zeros of both signs, the first
    for (i = 0; i < count; ++i)
      if (values[i] == 0)
        return values[i];
  return start;
}
float vectorGreatest(const float *values, size_t count) { return extreme(values, count, -INFINITY, greater, greaterOne); }
float vectorSmallest(const float *values, size_t count) { return extreme(values, count, INFINITY, smaller, smallerOne); }

float vectorExponentials(float *values, size_t count, float shift) {
  FloatVector s = set(shift);
  replace(values, count, [=](auto v) { return exp(hn::Sub(v, s)); });
  return vectorSum(values, count);
}
void vectorShiftAndScale(float *values, size_t count, float shift, float scale) {
  FloatVector by = set(scale), center = set(shift);
  replace(values, count, [=](auto v) { return hn::Mul(hn::Sub(v, center), by); });
}
void vectorAddScaled(float *into, const float *values, size_t count, float factor) {
  FloatVector by = set(factor);
  combine(into, values, count, [=](auto x, auto y) { return hn::MulAdd(by, y, x); }, [=](float x, float y) { return x + factor * y; });
}
void vectorAddSquares(float *into, const float *values, size_t count) {
  combine(into, values, count, [=](auto x, auto y) { return hn::MulAdd(y, y, x); }, [=](float x, float y) { return x + y * y; });
}
void vectorKeepGreater(float *into, const float *values, size_t count) {
  combine(into, values, count, [](auto x, auto y) { return greater(y, x); }, [](float x, float y) { return greaterOne(y, x); });
}
void vectorKeepSmaller(float *into, const float *values, size_t count) {
  combine(into, values, count, [](auto x, auto y) { return smaller(y, x); }, [](float x, float y) { return smallerOne(y, x); });
}

void vectorSoftmax(double *values, size_t count) {
  DoubleTag d;
  double greatest = -INFINITY;
  for (size_t i = 0; i < count; ++i)
    greatest = std::max(greatest, values[i]);
  DoubleVector shift = wide(greatest), total = wide(0);
  // As far as a double reaches; Highway's function says nothing about NaN.
  auto power = [&](DoubleVector x) {
    DoubleVector distance = hn::Sub(x, shift);
    return keepNaN(distance, hn::Exp(d, hn::Max(distance, wide(-745.2))));
  };
  size_t i = 0, width = size_t(doubleLanes);
  for (; i + width <= count; i += width) {
    DoubleVector result = power(hn::LoadU(d, values + i));
    hn::StoreU(result, d, values + i);
    total = hn::Add(total, result);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < count; ++i)
    sum += values[i] = hn::GetLane(power(wide(values[i])));
  for (size_t k = 0; k < count; ++k)
    values[k] /= sum;
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil::fast {
HWY_EXPORT(vectorSum);
HWY_EXPORT(vectorSquares);
HWY_EXPORT(vectorMagnitudes);
HWY_EXPORT(vectorGreatest);
HWY_EXPORT(vectorSmallest);
HWY_EXPORT(vectorExponentials);
HWY_EXPORT(vectorShiftAndScale);
HWY_EXPORT(vectorAddScaled);
HWY_EXPORT(vectorAddSquares);
HWY_EXPORT(vectorKeepGreater);
HWY_EXPORT(vectorKeepSmaller);
HWY_EXPORT(vectorSoftmax);

float sumOf(const float *values, size_t count) { return HWY_DYNAMIC_DISPATCH(vectorSum)(values, count); }
float squaresOf(const float *values, size_t count, float center) { return HWY_DYNAMIC_DISPATCH(vectorSquares)(values, count, center); }
float magnitudesOf(const float *values, size_t count) { return HWY_DYNAMIC_DISPATCH(vectorMagnitudes)(values, count); }
float greatestOf(const float *values, size_t count) { return HWY_DYNAMIC_DISPATCH(vectorGreatest)(values, count); }
float smallestOf(const float *values, size_t count) { return HWY_DYNAMIC_DISPATCH(vectorSmallest)(values, count); }
float exponentials(float *values, size_t count, float shift) { return HWY_DYNAMIC_DISPATCH(vectorExponentials)(values, count, shift); }
void shiftAndScale(float *values, size_t count, float shift, float scale) {
  HWY_DYNAMIC_DISPATCH(vectorShiftAndScale)(values, count, shift, scale);
}
void addScaled(float *into, const float *values, size_t count, float factor) {
  HWY_DYNAMIC_DISPATCH(vectorAddScaled)(into, values, count, factor);
}
void addSquares(float *into, const float *values, size_t count) { HWY_DYNAMIC_DISPATCH(vectorAddSquares)(into, values, count); }
void keepGreater(float *into, const float *values, size_t count) { HWY_DYNAMIC_DISPATCH(vectorKeepGreater)(into, values, count); }
void keepSmaller(float *into, const float *values, size_t count) { HWY_DYNAMIC_DISPATCH(vectorKeepSmaller)(into, values, count); }
void softmaxExactly(double *values, size_t count) { HWY_DYNAMIC_DISPATCH(vectorSoftmax)(values, count); }
} // namespace mil::fast
#endif
