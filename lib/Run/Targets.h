// The instruction sets that the kernels are compiled for: included first by every source that Highway compiles once a target.
//
// The baseline of the platform, AVX2 and AVX-512 on x86, NEON on ARM. Those between and beyond would make the library larger, not faster.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2)
