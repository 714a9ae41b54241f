// Compares the contents of two constants.
#pragma once

#include "mil/IR/Literal.h"

namespace mil {

/// The result of a comparison of two constants.
struct ConstantComparison {
  bool equal = false;    ///< the same type and bytes
  bool atHand = true;    ///< false: bytes are missing, and `equal` only includes what is known
  bool compared = false; ///< both are tensors of numbers or bools with the same number of elements
  uint64_t elements = 0;
  uint64_t differing = 0; ///< the number of elements with different values; NaN equals NaN
  double largest = 0;     ///< largest absolute difference
  bool nanAppears = false;
};

/// Compares two literals. Bytes at the same place of the same file are equal without reading them; others are read in parallel, in windows
/// of 262,144 elements.
Result<ConstantComparison> compareConstants(const Literal &before, const Literal &after, DiagnosticEngine &diags);

/// The size of a constant in bytes, in memory or in a file.
uint64_t byteSize(const Literal &literal);

} // namespace mil
