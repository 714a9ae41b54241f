// ZeroPattern: detects weights in which N of every M elements along a dimension are zero, as written by prune_weights.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mil {

/// Counts the zeros in groups of 2 to 16 elements along each dimension. The elements are passed in order, in parts. Ratios that don't hold
/// are dropped early, so that weights that aren't pruned take almost no time.
class ZeroPattern {
public:
  explicit ZeroPattern(llvm::ArrayRef<int64_t> dims);

  /// The next elements, row-major.
  void add(llvm::ArrayRef<float> values);

  /// "2:4 along dimension 1": N zeros in every M elements, for the smallest M, if these are almost all zeros of the weight; else "".
  /// Missing elements of the last group of a dimension count as zeros.
  std::string text() const;

private:
  /// Groups of `size` elements along one dimension; adjacent groups are counted at the same time.
  struct Groups {
    uint64_t dim, size, length, inner;
    uint64_t at = 0, column = 0;         ///< the index along the dimension, and among adjacent groups
    uint64_t least;                      ///< zeros of a complete group, or `size` before there is one
    uint64_t complete = 0, allZeros = 0; ///< elements of complete groups, and the zeros among them
    std::vector<uint8_t> zeros;          ///< of the groups that have begun

    bool add(llvm::ArrayRef<float> values); ///< false once a group has no zeros
    /// Whether at least the fraction `part` of all zeros so far belongs to the pattern.
    bool explains(double part) const { return double(least) * double(complete) >= part * double(size) * double(allZeros); }
  };

  llvm::SmallVector<Groups, 0> candidates;
};

} // namespace mil
