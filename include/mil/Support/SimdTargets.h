// Selects the instruction sets that loops over elements are compiled for. Every source that Highway compiles once per target includes this
// header first.
//
//   #include "mil/Support/SimdTargets.h"
//   #define HWY_TARGET_INCLUDE "Products.cpp"
//   #include <hwy/foreach_target.h>
//
// These are the baseline of the platform, AVX2 and AVX-512 on x86, and NEON on ARM. Other instruction sets would make the library larger,
// but not faster.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2)
