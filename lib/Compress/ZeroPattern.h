// ZeroPattern: whether the zeros of a weight are N of every M elements along a dimension, as prune_weights leaves them.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mil {

/// Counts the zeros of groups of 2 to 16 elements along each dimension, of elements that are given in order, in parts. Ratios that don't
/// hold are dropped early: weights that aren't pruned take almost no time.
class ZeroPattern {
public:
  explicit ZeroPattern(llvm::ArrayRef<int64_t> dims);

  /// The next elements, row-major.
  void add(llvm::ArrayRef<float> values);

  /// "2:4 along dimension 1": N zeros in every M elements, if these are almost all zeros of the weight; the shortest M. "" for none.
  /// Elements that the last group of a dimension lacks count as zeros.
  std::string text() const;

private:
  /// Groups of `size` elements along one dimension; those that lie side by side are counted at the same time.
  struct Groups {
    uint64_t dim, size, length, inner;
    uint64_t at = 0, column = 0;         ///< the place along the dimension, and among groups side by side
    uint64_t least;                      ///< zeros of a complete group, or `size` before there is one
    uint64_t complete = 0, allZeros = 0; ///< elements of complete groups, and the zeros among them
    std::vector<uint8_t> zeros;          ///< of the groups that have begun

    bool add(llvm::ArrayRef<float> values); ///< false once a group has no zeros
    /// Whether at least this part of all zeros so far are those of the pattern.
    bool explains(double part) const { return double(least) * double(complete) >= part * double(size) * double(allZeros); }
  };

  llvm::SmallVector<Groups, 0> candidates;
};

} // namespace mil
