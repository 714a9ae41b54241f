// The checks that the image operations share, and the definitions of the parts of their family.
#pragma once

#include "Definition.h"
#include "RankCheck.h"

namespace mil {

/// The names of sampling modes, see Sampling.h.
inline Trait samplingModes() { return oneOf("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS", "UNALIGN_CORNERS"); }

/// Reports an error, and returns false, unless x has at least this rank.
bool checkRankAtLeast(const Args &a, size_t least);

/// Appends the sizes given by two parameters. Reports an error, and returns false, unless they are positive.
bool appendSizes(const Args &a, Dims &dims, llvm::StringRef height, llvm::StringRef width);

namespace ops {
/// crop and crop_resize.
void defineCrops(OpFamily &op);
/// affine and resample.
void defineImageSampling(OpFamily &op);
} // namespace ops

} // namespace mil
