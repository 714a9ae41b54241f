// The rule for which constants belong in a weight file.
#pragma once

#include "mil/IR/Literal.h"

namespace mil {

/// Constants with at least this many elements are weights: packages store them in the weight file, and they are counted as parameters. The
/// rule of coremltools.
inline constexpr uint64_t leastWeightElements = 10;

/// Whether the bytes of a tensor in memory can be moved to a weight file: it has at least `leastElements` elements, of a type that weight
/// files support. MIL must also allow a blob in its place, see LiteralPlace::allowsBlob.
inline bool isMovable(const Literal &literal, uint64_t leastElements = leastWeightElements) {
  return literal.isTensor() && literal.elementCount() >= leastElements && toBlobDType(literal.type().dtype());
}

} // namespace mil
