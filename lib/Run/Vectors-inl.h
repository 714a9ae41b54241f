// Vectors of floats that are read from and written to memory as fp32 or fp16. Included by every source that Highway compiles once per
// target.

// Included once per target: no #pragma once.
#if defined(MIL_RUN_VECTORS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MIL_RUN_VECTORS_INL
#undef MIL_RUN_VECTORS_INL
#else
#define MIL_RUN_VECTORS_INL
#endif

#include "Floats.h"
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag()); // all targets here have vectors of one size
using DoubleTag = hn::ScalableTag<double>;
using DoubleVector = hn::Vec<DoubleTag>;
inline constexpr int64_t doubleLanes = int64_t(hn::MaxLanes(DoubleTag()));

HWY_INLINE FloatVector load(const float *from) { return hn::LoadU(FloatTag(), from); }
HWY_INLINE void store(FloatVector v, float *to) { hn::StoreU(v, FloatTag(), to); }

// The baseline of x86 has no instruction for fp16, and Highway's emulation doesn't round ties and subnormals as IEEE does.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
HWY_INLINE FloatVector load(const Half *from) {
  hn::Rebind<hwy::float16_t, FloatTag> halves;
  return hn::PromoteTo(FloatTag(), hn::LoadU(halves, reinterpret_cast<const hwy::float16_t *>(from)));
}
HWY_INLINE void store(FloatVector v, Half *to) {
  hn::Rebind<hwy::float16_t, FloatTag> halves;
  hn::StoreU(hn::DemoteTo(halves, v), halves, reinterpret_cast<hwy::float16_t *>(to));
}
HWY_INLINE FloatVector roundToHalf(FloatVector v) {
  hn::Rebind<hwy::float16_t, FloatTag> halves;
  return hn::PromoteTo(FloatTag(), hn::DemoteTo(halves, v));
}
#else
HWY_INLINE FloatVector load(const Half *from) {
  HWY_ALIGN float wide[lanes];
  for (size_t i = 0; i < lanes; ++i)
    wide[i] = toFloat(from[i]);
  return hn::Load(FloatTag(), wide);
}
HWY_INLINE void store(FloatVector v, Half *to) {
  HWY_ALIGN float wide[lanes];
  hn::Store(v, FloatTag(), wide);
  for (size_t i = 0; i < lanes; ++i)
    to[i] = toHalf(wide[i]);
}
HWY_INLINE FloatVector roundToHalf(FloatVector v) {
  HWY_ALIGN float wide[lanes];
  hn::Store(v, FloatTag(), wide);
  for (size_t i = 0; i < lanes; ++i)
    wide[i] = toFloat(toHalf(wide[i]));
  return hn::Load(FloatTag(), wide);
}
#endif

HWY_INLINE void put(float value, float *to) { *to = value; }
HWY_INLINE void put(float value, Half *to) { *to = toHalf(value); }

/// Widens `count` elements.
template <typename E> HWY_INLINE void widen(const E *from, size_t count, float *to) {
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    store(load(from + i), to + i);
  for (; i < count; ++i)
    to[i] = toFloat(from[i]);
}
/// Rounds `count` elements into E.
template <typename E> HWY_INLINE void narrow(const float *from, size_t count, E *to) {
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    store(load(from + i), to + i);
  for (; i < count; ++i)
    put(from[i], to + i);
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
