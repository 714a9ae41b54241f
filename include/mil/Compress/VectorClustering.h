// k-means clustering of vectors: representing many vectors by a few with a small sum of squared distances.
//
// Unlike scalars (Clustering.h), vectors can't be clustered optimally in reasonable time. So k-means++ is started several times with a
// fixed seed on a subset of the vectors, each start is improved by Lloyd's algorithm until nothing changes, and the best one is improved on
// all vectors.
//
//   VectorSamples samples(2);             // pairs
//   samples.add({0.5f, -1.0f});
//   VectorClusters clusters = clusterVectors(samples, 16);
//
// Every step costs count · clusters · dimension; the result doesn't depend on the number of threads.
// Sources: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007; S. Lloyd, "Least squares quantization in
// PCM", IEEE Trans. Inf. Theory 28 (1982).
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mil {

/// Vectors, stored by component.
class VectorSamples {
public:
  VectorSamples(size_t dimension, size_t count) : dimension_(dimension), count_(count), values(dimension * count) {}
  size_t dimension() const { return dimension_; }
  size_t count() const { return count_; }
  /// Component `d` of all vectors.
  llvm::MutableArrayRef<float> component(size_t d) { return llvm::MutableArrayRef(values).slice(d * count_, count_); }
  llvm::ArrayRef<float> component(size_t d) const { return llvm::ArrayRef(values).slice(d * count_, count_); }
  /// The importance of each vector; empty: all are equal.
  std::vector<float> weights;
  /// Every step-th vector, starting with the first.
  VectorSamples thinned(size_t step) const;

private:
  size_t dimension_, count_;
  std::vector<float> values;
};

/// The result of clustering vectors.
struct VectorClusters {
  size_t dimension = 1;
  std::vector<float> centres; ///< contiguous vectors, in lexicographic order
  double error = 0;           ///< the sum of squared distances
  size_t count() const { return centres.size() / dimension; }
};

/// At most `most` clusters of at least one vector.
VectorClusters clusterVectors(const VectorSamples &samples, size_t most);
/// Improves the centres by Lloyd's algorithm until nothing changes, at most `steps` times.
void improve(const VectorSamples &samples, VectorClusters &clusters, unsigned steps);
/// The nearest centre of each vector; `components` has a pointer to the first number of each component.
void nearestCentres(llvm::ArrayRef<const float *> components, size_t count, const VectorClusters &clusters,
                    llvm::MutableArrayRef<uint8_t> nearest);

} // namespace mil
