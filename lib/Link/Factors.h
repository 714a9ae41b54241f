// Approximates the difference of two matrices by a product of two thin matrices.
#pragma once

#include "mil/Link/Unify.h"
#include <variant>

namespace mil {

/// other - base ≈ up · down, with up [rows, rank] and down [rank, columns], row-major and rounded to the element type of the matrices.
struct Factors {
  int64_t rank = 0;
  std::vector<float> up, down;
  double error = 0; ///< the remaining error of the rounded factors, relative to `other`, in the Frobenius norm
};

/// The reason if no factors were found.
enum class NoFactors : uint8_t {
  Unreadable, ///< the bytes of a matrix are not available
  NotFinite,  ///< the difference has values that aren't finite
  HighRank,   ///< the remaining error is greater than the tolerance
};

/// Finds the factors of the smallest rank, at most `maxRank`, whose error is at most `tolerance`; else returns the reason, with the
/// smallest error in `error`. Both matrices must have the same type, fp16 or fp32 and not empty; all dimensions after the first are
/// combined.
///
/// The method is a randomised singular value decomposition (Halko, Martinsson, Tropp, "Finding structure with randomness", 2011): the
/// difference is applied to a few more random vectors than the largest rank; the results span a space that contains nearly all of the
/// difference, and the difference is decomposed as a small matrix in this space. It is computed in windows of rows, three times, and never
/// stored, so that the memory is that of (rows + columns) · maxRank numbers. The factors don't depend on the number of threads.
std::variant<Factors, NoFactors> factorDifference(const Literal &base, const Literal &other, int64_t maxRank, double tolerance,
                                                  double &error);

} // namespace mil
