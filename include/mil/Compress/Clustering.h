// Clustering: few numbers that stand for many, with the least sum of squared errors.
//
// Numbers on a line can be clustered optimally, where k-means in general only finds a local optimum: the clusters of the optimum are ranges
// of the sorted numbers, so that a dynamic program over their ends finds it. A weight of fp16 has at most 63,487 different finite values,
// however large it is; so what is clustered here are points, a value and how often it occurs, in ascending order:
//
//   Points points;
//   points.add(-1.0, 3);                      // three elements of -1
//   points.add(0.5, 1);
//   Clusters clusters = cluster(points, 2);   // means -1 and 0.5, error 0
//
// A point may also be a bin: numbers close to each other that stay together, known by their count, sum and sum of squares. The error within
// bins is part of what is minimised and reported.
//
// `clusterExactly` takes O(n · k · log n) time and 4 · n · k bytes: layer t of the program has, for each point, the best error of t + 1
// clusters up to it, and where the last of them starts. That start never decreases from point to point (Monge's property of the error of a
// range), so the points of a layer are solved by halving. `cluster` does the same where that is quick; else it solves a coarse version of
// the points, then the exact program with every border held near the one found, moving the windows until no border touches an edge of its
// window: O(n log n) in practice. What it finds was never more than 0.01 % above the optimum in tests, and mostly is the optimum.
//
// Sources: X. Wu, "Optimal quantization by matrix searching", J. Algorithms 12 (1991); A. Grønlund et al., "Fast exact k-means, k-medians
// and Bregman divergence clustering in 1D", arXiv 1701.07204. The order of operations is that of coremltools' solver, to the bit.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mil {

class Points {
public:
  void reserve(size_t count);
  /// Adds a value above all those added before. Its weight is how often it occurs, or how much it matters; more than 0.
  void add(double value, double weight = 1) { addBin(value, weight, weight * value, weight * value * value); }
  /// Adds a bin of numbers above all those added before. `value`: its place, for the mean (the mean of the bin itself).
  void addBin(double value, double weight, double sum, double squares);

  size_t size() const { return values.size(); }
  double value(size_t i) const { return values[i]; }
  double weight(size_t first, size_t end) const { return weights[end] - weights[first]; }
  double sum(size_t first, size_t end) const { return sums[end] - sums[first]; }
  double squares(size_t first, size_t end) const { return squared[end] - squared[first]; }
  /// The squared error of points [first, end) around their mean.
  double error(size_t first, size_t end) const;
  /// The mean of points [first, end), accumulated in order.
  double mean(size_t first, size_t end) const;
  /// Errors of [first + i, end) for all i, into `out`.
  void errors(size_t first, size_t end, llvm::MutableArrayRef<double> out) const;

private:
  std::vector<double> values, weights{0}, sums{0}, squared{0}; ///< the latter are sums of all before
};

struct Clusters {
  std::vector<size_t> starts; ///< the first point of each cluster, ascending; starts[0] is 0
  std::vector<double> means;
  double error = 0; ///< the sum of squared errors
};

/// The optimal clusters, `most` or, with fewer points, as many as there are points.
Clusters clusterExactly(const Points &points, size_t most);
/// The same, exact where that takes at most `budget` evaluations of an error (a few nanoseconds each), else nearly so.
Clusters cluster(const Points &points, size_t most, uint64_t budget = uint64_t(1) << 26);

} // namespace mil
