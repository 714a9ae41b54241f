// The element types in which the floats of a program are computed and stored.
#pragma once

#include "mil/IR/DType.h"

namespace mil {

/// The precision of a run.
enum class Precision : uint8_t {
  Declared, ///< each result is rounded to its type in the program; sums are computed in fp32 or wider
  Fp32,     ///< floats of any size are computed and held as fp32
  Exact,    ///< in double, nothing rounded in between
};

/// The element type in which values of a declared type are held; only floats change. Constants keep the type of their file and are
/// converted when they are read; compressed ones are held like results.
inline DType heldType(DType declared, Precision precision) {
  if (precision == Precision::Declared || !isFloat(declared))
    return declared;
  return precision == Precision::Fp32 ? DType::Float32 : DType::Float64;
}

} // namespace mil
