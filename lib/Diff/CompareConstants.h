// How the contents of two constants differ.
#pragma once

#include "mil/IR/Literal.h"

namespace mil {

/// Elements of two constants, compared in windows.
struct ConstantComparison {
  bool equal = false;    ///< the same type and bytes
  bool atHand = true;    ///< false: bytes are missing; `equal` then covers only what is known
  bool compared = false; ///< both are numbers (or bools), as many of them
  uint64_t elements = 0;
  uint64_t differing = 0; ///< of another value; equal NaNs don't count
  double largest = 0;     ///< largest absolute difference
  bool nanAppears = false;
};

/// Compares two literals. Bytes at one place of one file are equal without reading; others are read side by side, in
/// windows of 262,144 elements.
Result<ConstantComparison> compareConstants(const Literal &before, const Literal &after, DiagnosticEngine &diags);

/// The bytes that a constant takes, in memory or in a file.
uint64_t byteSize(const Literal &literal);

} // namespace mil
