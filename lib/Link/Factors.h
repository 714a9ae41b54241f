// The difference of two matrices as a product of two thin ones.
#pragma once

#include "mil/Link/Unify.h"
#include <variant>

namespace mil {

/// other - base ≈ up · down, up of [rows, rank], down of [rank, columns], row-major and rounded into the element type of the matrices.
struct Factors {
  int64_t rank = 0;
  std::vector<float> up, down;
  double error = 0; ///< of the rounded factors: what remains, relative to `other`, by the Frobenius norm
};

/// The reason if no factors were found.
enum class NoFactors : uint8_t {
  Unreadable, ///< the bytes of a matrix are not at hand
  NotFinite,  ///< the difference has values that aren't finite
  HighRank,   ///< more than the tolerance remains
};

/// Finds the factors of the smallest rank, `maxRank` at most, that leave no more than `tolerance`; else why not, with what would be left in
/// `error`. Matrices of fp16 or fp32, both of one type, which has elements; dimensions behind the first are one.
///
/// By a randomised singular value decomposition (Halko, Martinsson, Tropp, "Finding structure with randomness", 2011): the difference is
/// applied to a few more random vectors than the largest rank, the results span a space that contains nearly all of it, and the small
/// matrix that it is there is decomposed. The difference is made in windows of rows, three times, and never held: memory is that of
/// (rows + columns) · maxRank numbers. The factors don't depend on the number of threads.
std::variant<Factors, NoFactors> factorDifference(const Literal &base, const Literal &other, int64_t maxRank, double tolerance,
                                                  double &error);

} // namespace mil
