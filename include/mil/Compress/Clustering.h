// Clustering of numbers: representing many numbers by a few with the least sum of squared errors.
//
// Scalars can be clustered optimally, whereas k-means generally only finds a local optimum: the optimal clusters are ranges of the sorted
// numbers, so that dynamic programming over their ends finds them. A weight of fp16 has at most 63,487 different finite values, so the
// input is a list of points, each a value with the number of its occurrences, in ascending order:
//
//   Points points;
//   points.add(-1.0, 3);                      // three elements of -1
//   points.add(0.5, 1);
//   Clusters clusters = cluster(points, 2);   // means -1 and 0.5, error 0
//
// A point may also be a bin of close numbers that are not separated, given by their count, sum and sum of squares. The error within bins is
// included in the minimised and reported error.
//
// `clusterExactly` takes O(n · k · log n) time and 4 · n · k bytes: layer t of the dynamic program stores, for each point, the least error
// of t + 1 clusters up to that point, and the start of the last cluster. These starts are monotonic (the error of a range has the Monge
// property), so a layer is solved by divide and conquer. `cluster` does the same if that is fast enough; otherwise it first solves a coarse
// version of the problem, then the exact one with each border restricted to a window around the coarse solution, and moves the windows
// until no border is at the edge of its window: O(n log n) in practice. In tests, the error was never more than 0.01 % above the optimum,
// and usually equal.
//
// Sources: X. Wu, "Optimal quantization by matrix searching", J. Algorithms 12 (1991); A. Grønlund et al., "Fast exact k-means, k-medians
// and Bregman divergence clustering in 1D", arXiv 1701.07204. The order of operations is that of coremltools' solver, to the bit.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mil {

/// The numbers to cluster, in ascending order, each with a weight. Sums over any range of points take constant time.
class Points {
public:
  /// Allocates memory for `count` points.
  void reserve(size_t count);
  /// Adds a value greater than all before. Its weight, greater than 0, is the number of its occurrences or its importance.
  void add(double value, double weight = 1) { addBin(value, weight, weight * value, weight * value * value); }
  /// Adds a bin of numbers greater than all before. `value`: the position of the bin, used as its mean.
  void addBin(double value, double weight, double sum, double squares);

  size_t size() const { return values.size(); }
  double value(size_t i) const { return values[i]; }
  /// The total weight, the weighted sum and the weighted sum of squares of points [first, end).
  double weight(size_t first, size_t end) const { return weights[end] - weights[first]; }
  double sum(size_t first, size_t end) const { return sums[end] - sums[first]; }
  double squares(size_t first, size_t end) const { return squared[end] - squared[first]; }
  /// The squared error of points [first, end) around their mean.
  double error(size_t first, size_t end) const;
  /// The mean of points [first, end), accumulated in order.
  double mean(size_t first, size_t end) const;
  /// Writes the errors of [first + i, end) for all i to `out`.
  void errors(size_t first, size_t end, llvm::MutableArrayRef<double> out) const;

private:
  std::vector<double> values, weights{0}, sums{0}, squared{0}; ///< the latter are sums of all before
};

/// A clustering of points into consecutive ranges.
struct Clusters {
  std::vector<size_t> starts; ///< the first point of each cluster, ascending; starts[0] is 0
  std::vector<double> means;
  double error = 0; ///< the sum of squared errors
};

/// The optimal clusters; their number is `most`, or the number of points if that is smaller.
Clusters clusterExactly(const Points &points, size_t most);
/// The same, but only exact if that takes at most `budget` evaluations of an error (a few nanoseconds each); otherwise approximate.
Clusters cluster(const Points &points, size_t most, uint64_t budget = uint64_t(1) << 26);

} // namespace mil
