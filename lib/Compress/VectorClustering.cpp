#include "mil/Compress/VectorClustering.h"
#include "mil/Compress/WeightValues.h"
#include "mil/Support/Random.h"
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

using namespace mil;

namespace {

/// As many vectors at a time as make loops of constant length.
constexpr size_t lane = 64;
constexpr size_t vectorsATask = 1 << 14;
using Lane = std::array<float, lane>;

/// Calls visit(first vector, count, nearest centres, squared distances) for lanes of vectors [from, to).
template <typename F>
void forLanes(llvm::ArrayRef<const float *> components, size_t from, size_t to, const VectorClusters &clusters, F visit) {
  size_t dimension = clusters.dimension;
  std::vector<Lane> block(dimension);
  float best[lane], distance[lane];
  int32_t found[lane]; // as wide as distances, so that compilers make vectors of both
  uint8_t nearest[lane];
  for (size_t at = from; at < to; at += lane) {
    size_t count = std::min(lane, to - at);
    for (size_t d = 0; d < dimension; ++d) {
      block[d].fill(0);
      std::copy_n(components[d] + at, count, block[d].begin());
    }
    std::fill(best, best + lane, std::numeric_limits<float>::infinity());
    std::fill(found, found + lane, 0);
    for (size_t c = 0; c < clusters.count(); ++c) {
      const float *centre = clusters.centres.data() + c * dimension;
      for (size_t i = 0; i < lane; ++i)
        distance[i] = (block[0][i] - centre[0]) * (block[0][i] - centre[0]);
      for (size_t d = 1; d < dimension; ++d)
        for (size_t i = 0; i < lane; ++i)
          distance[i] += (block[d][i] - centre[d]) * (block[d][i] - centre[d]);
      for (size_t i = 0; i < lane; ++i) {
        int32_t isNearer = -int32_t(distance[i] < best[i]);
        found[i] = (found[i] & ~isNearer) | (int32_t(c) & isNearer);
        best[i] = distance[i] < best[i] ? distance[i] : best[i];
      }
    }
    std::copy_n(found, lane, nearest);
    visit(at, count, nearest, best);
  }
}

/// Sums over the vectors of each cluster.
struct Sums {
  std::vector<double> sums, weights;
  double error = 0;
  size_t farthest = 0; ///< the vector that is farthest from its centre
  float distance = -1;
};

std::vector<const float *> pointers(const VectorSamples &samples) {
  std::vector<const float *> components;
  for (size_t d = 0; d < samples.dimension(); ++d)
    components.push_back(samples.component(d).data());
  return components;
}

Sums sumsOf(const VectorSamples &samples, const VectorClusters &clusters) {
  size_t dimension = clusters.dimension, tasks = (samples.count() + vectorsATask - 1) / vectorsATask;
  std::vector<const float *> components = pointers(samples);
  std::vector<Sums> parts(tasks);
  inParallel(tasks, [&](size_t task) {
    Sums &part = parts[task];
    part.sums.assign(clusters.centres.size(), 0);
    part.weights.assign(clusters.count(), 0);
    size_t from = task * vectorsATask, to = std::min(from + vectorsATask, samples.count());
    forLanes(components, from, to, clusters, [&](size_t at, size_t count, const uint8_t *nearest, const float *distance) {
      for (size_t i = 0; i < count; ++i) {
        double weight = samples.weights.empty() ? 1 : double(samples.weights[at + i]);
        size_t cluster = nearest[i];
        part.weights[cluster] += weight;
        for (size_t d = 0; d < dimension; ++d)
          part.sums[cluster * dimension + d] += weight * double(components[d][at + i]);
        part.error += weight * double(distance[i]);
        if (distance[i] > part.distance)
          part.distance = distance[i], part.farthest = at + i;
      }
    });
  });
  Sums all = std::move(parts.front());
  for (size_t task = 1; task < tasks; ++task) {
    const Sums &part = parts[task];
    std::transform(all.sums.begin(), all.sums.end(), part.sums.begin(), all.sums.begin(), std::plus<>());
    std::transform(all.weights.begin(), all.weights.end(), part.weights.begin(), all.weights.begin(), std::plus<>());
    all.error += part.error;
    if (part.distance > all.distance)
      all.distance = part.distance, all.farthest = part.farthest;
  }
  return all;
}

/// k-means++, the best of some candidates at each step.
VectorClusters seed(const VectorSamples &samples, size_t most, Random &random) {
  size_t count = samples.count(), dimension = samples.dimension();
  VectorClusters clusters{dimension, {}, 0};
  std::vector<double> nearest(count, std::numeric_limits<double>::infinity()), tried(count), bestTried;
  auto weight = [&](size_t i) { return samples.weights.empty() ? 1.0 : double(samples.weights[i]); };
  auto distancesTo = [&](size_t centre, std::vector<double> &out) {
    double total = 0;
    for (size_t i = 0; i < count; ++i) {
      float distance = 0;
      for (size_t d = 0; d < dimension; ++d) {
        float difference = samples.component(d)[i] - samples.component(d)[centre];
        distance += difference * difference;
      }
      out[i] = std::min(nearest[i], double(distance) * weight(i));
      total += out[i];
    }
    return total;
  };
  double total = 0;
  auto pick = [&] {
    double place = random.uniform() * total;
    size_t i = 0;
    for (; i + 1 < count && (place -= nearest[i]) >= 0; ++i)
      ;
    return i;
  };
  auto take = [&](size_t centre) {
    for (size_t d = 0; d < dimension; ++d)
      clusters.centres.push_back(samples.component(d)[centre]);
  };
  size_t first = std::min(size_t(random.uniform() * double(count)), count - 1);
  take(first);
  total = distancesTo(first, tried);
  nearest.swap(tried);
  size_t candidates = 2 + size_t(std::log(double(most)));
  while (clusters.count() < most && total > 0) {
    double bestTotal = std::numeric_limits<double>::infinity();
    size_t best = 0;
    for (size_t i = 0; i < candidates; ++i) {
      size_t centre = pick();
      if (double after = distancesTo(centre, tried); after < bestTotal)
        bestTotal = after, best = centre, bestTried = tried;
    }
    take(best);
    nearest = bestTried;
    total = bestTotal;
  }
  return clusters;
}

void sortCentres(VectorClusters &clusters) {
  size_t dimension = clusters.dimension;
  std::vector<size_t> order(clusters.count());
  std::iota(order.begin(), order.end(), 0);
  const float *centres = clusters.centres.data();
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::lexicographical_compare(centres + a * dimension, centres + (a + 1) * dimension, centres + b * dimension,
                                        centres + (b + 1) * dimension);
  });
  std::vector<float> sorted;
  for (size_t i : order)
    sorted.insert(sorted.end(), centres + i * dimension, centres + (i + 1) * dimension);
  clusters.centres = std::move(sorted);
}

} // namespace

VectorSamples VectorSamples::thinned(size_t step) const {
  VectorSamples few(dimension_, (count_ + step - 1) / step);
  for (size_t d = 0; d < dimension_; ++d)
    for (size_t i = 0; i < few.count(); ++i)
      few.component(d)[i] = component(d)[i * step];
  for (size_t i = 0; i < few.count() && !weights.empty(); ++i)
    few.weights.push_back(weights[i * step]);
  return few;
}

void mil::improve(const VectorSamples &samples, VectorClusters &clusters, unsigned steps) {
  size_t dimension = clusters.dimension;
  for (unsigned step = 0;; ++step) {
    Sums sums = sumsOf(samples, clusters);
    bool settled = step > 0 && sums.error >= clusters.error * (1 - 1e-6);
    clusters.error = sums.error;
    if (settled || step == steps)
      return;
    bool moved = false;
    for (size_t c = 0; c < clusters.count(); ++c)
      for (size_t d = 0; d < dimension; ++d) {
        float &centre = clusters.centres[c * dimension + d];
        // A cluster without vectors takes the one that is worst off.
        float to = sums.weights[c] > 0 ? float(sums.sums[c * dimension + d] / sums.weights[c])
                   : sums.distance > 0 ? samples.component(d)[sums.farthest]
                                       : centre;
        moved |= to != centre;
        centre = to;
      }
    if (!moved)
      return;
  }
}

VectorClusters mil::clusterVectors(const VectorSamples &samples, size_t most) {
  if (samples.count() == 0)
    return {samples.dimension(), {}, 0};
  constexpr size_t few = 1 << 15, many = 1 << 19;
  constexpr unsigned starts = 4, mostSteps = 300;
  size_t size = std::max(few, most * 64);
  std::optional<VectorSamples> part;
  if (samples.count() > size)
    part = samples.thinned((samples.count() + size - 1) / size);
  const VectorSamples &small = part ? *part : samples;
  Random random(1); // the same centres for the same weights
  VectorClusters best;
  for (unsigned start = 0; start < starts; ++start) {
    VectorClusters clusters = seed(small, most, random);
    improve(small, clusters, mostSteps);
    if (start == 0 || clusters.error < best.error)
      best = std::move(clusters);
  }
  if (samples.count() > many)
    improve(samples.thinned((samples.count() + many - 1) / many), best, mostSteps);
  if (part)
    improve(samples, best, samples.count() > many ? 4 : mostSteps);
  sortCentres(best);
  return best;
}

void mil::nearestCentres(llvm::ArrayRef<const float *> components, size_t count, const VectorClusters &clusters,
                         llvm::MutableArrayRef<uint8_t> nearest) {
  forLanes(components, 0, count, clusters,
           [&](size_t at, size_t n, const uint8_t *found, const float *) { std::copy_n(found, n, nearest.begin() + ptrdiff_t(at)); });
}
