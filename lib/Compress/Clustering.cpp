#include "mil/Compress/Clustering.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mil;

void Points::reserve(size_t count) {
  values.reserve(count);
  for (std::vector<double> *each : {&weights, &sums, &squared})
    each->reserve(count + 1);
}

void Points::addBin(double value, double weight, double sum, double squares) {
  values.push_back(value);
  weights.push_back(weights.back() + weight);
  sums.push_back(sums.back() + sum);
  squared.push_back(squared.back() + squares);
}

static double squaredErrorOf(double weight, double sum, double squares) {
  double mean = sum / weight;
  squares += weight * (mean * mean);
  squares -= (2 * mean) * sum;
  return squares;
}

double Points::error(size_t first, size_t end) const { return squaredErrorOf(weight(first, end), sum(first, end), squares(first, end)); }

double Points::mean(size_t first, size_t end) const {
  double mean = 0;
  for (size_t i = first; i < end; ++i)
    mean += ((values[i] - mean) * (weights[i + 1] - weights[i])) / (weights[i + 1] - weights[first]);
  return mean;
}

void Points::errors(size_t first, size_t end, llvm::MutableArrayRef<double> out) const {
  double weight = weights[end], sum = sums[end], squares = squared[end];
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = squaredErrorOf(weight - weights[first + i], sum - sums[first + i], squares - squared[first + i]);
}

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// One cluster for each point: nothing to choose.
Clusters onePointEach(const Points &points) {
  Clusters clusters;
  for (size_t i = 0; i < points.size(); ++i) {
    clusters.starts.push_back(i);
    clusters.error += std::max(points.error(i, i + 1), 0.0);
  }
  return clusters;
}

void setMeans(const Points &points, Clusters &clusters) {
  clusters.means.clear();
  for (size_t i = 0; i < clusters.starts.size(); ++i)
    clusters.means.push_back(points.mean(clusters.starts[i], i + 1 < clusters.starts.size() ? clusters.starts[i + 1] : points.size()));
}

/// Windows of starts, one a cluster: the start of cluster t is in [first(t), last(t)].
struct Window {
  size_t first, last;
  size_t size() const { return last - first + 1; }
};

/// The dynamic program over starts of clusters, each within a window. Windows' ends ascend from cluster to cluster.
class BorderProgram {
public:
  BorderProgram(const Points &points, std::vector<Window> windows) : points(points), windows(std::move(windows)) {}

  Clusters solve() {
    size_t count = windows.size();
    chosen.resize(count);
    best.assign(1, 0.0); // cluster 0 starts at point 0
    for (layer = 1; layer < count; ++layer) {
      next.assign(windows[layer].size(), infinite);
      chosen[layer].assign(windows[layer].size(), 0);
      solve(windows[layer].first, windows[layer].last, windows[layer - 1].first, windows[layer - 1].last);
      best.swap(next);
    }
    // The last cluster ends with the points.
    const Window &last = windows[count - 1];
    costs.resize(last.size());
    points.errors(last.first, points.size(), costs);
    Clusters clusters{std::vector<size_t>(count), {}, infinite};
    for (size_t i = 0; i < last.size(); ++i)
      if (double error = best[i] + costs[i]; error < clusters.error)
        clusters.error = error, clusters.starts.back() = last.first + i;
    for (size_t t = count - 1; t > 0; --t)
      clusters.starts[t - 1] = chosen[t][clusters.starts[t] - windows[t].first];
    return clusters;
  }

private:
  /// Finds the best starts of the cluster before for this one's starts from `first` to `last`, which lie from `low` to `high`.
  void solve(size_t first, size_t last, size_t low, size_t high) {
    for (;;) {
      size_t middle = first + (last - first) / 2;
      size_t start = solveOne(middle, low, high);
      if (middle > first)
        solve(first, middle - 1, low, start);
      if (middle == last)
        return;
      first = middle + 1, low = start;
    }
  }

  size_t solveOne(size_t end, size_t low, size_t high) {
    const Window &before = windows[layer - 1];
    high = std::min(high, end - 1);
    // A cluster more never lets the last one start earlier.
    if (isWhole && layer > 1)
      if (size_t at = end - windows[layer - 1].first; end <= windows[layer - 1].last)
        low = std::max(low, std::min<size_t>(high, chosen[layer - 1][at]));
    double least = infinite;
    size_t start = low;
    constexpr size_t batch = 256;
    double errors[batch];
    for (size_t from = low; from <= high; from += batch) {
      size_t count = std::min(batch, high - from + 1);
      points.errors(from, end, llvm::MutableArrayRef(errors, count));
      for (size_t i = 0; i < count; ++i)
        if (double error = best[from + i - before.first] + errors[i]; error < least)
          least = error, start = from + i;
    }
    next[end - windows[layer].first] = least;
    chosen[layer][end - windows[layer].first] = uint32_t(start);
    return start;
  }

public:
  bool isWhole = false; ///< windows hold all starts there can be

private:
  const Points &points;
  std::vector<Window> windows;
  std::vector<std::vector<uint32_t>> chosen;
  std::vector<double> best, next, costs;
  size_t layer = 0;
};

/// Points joined into at most `most` bins, as fine, everywhere, as optimal clusters would have it: as many of them as the third root of the
/// density requires (Panter and Dite). `starts`: the first point of each bin.
Points coarse(const Points &points, size_t most, std::vector<size_t> &starts) {
  std::vector<double> share(points.size());
  double total = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    double left = points.value(i ? i - 1 : i), right = points.value(std::min(i + 1, points.size() - 1));
    double gap = std::max(right - left, 0.0);
    total += share[i] = std::cbrt(points.weight(i, i + 1) * gap * gap);
  }
  starts.clear();
  double passed = 0;
  size_t bin = SIZE_MAX;
  for (size_t i = 0; i < points.size(); ++i) {
    size_t at = total > 0 ? size_t(passed / total * double(most)) : i * most / points.size();
    if (at != bin)
      starts.push_back(i), bin = at;
    passed += share[i];
  }
  Points bins;
  bins.reserve(starts.size());
  for (size_t i = 0; i < starts.size(); ++i) {
    size_t first = starts[i], end = i + 1 < starts.size() ? starts[i + 1] : points.size();
    double weight = points.weight(first, end), sum = points.sum(first, end);
    bins.addBin(sum / weight, weight, sum, points.squares(first, end));
  }
  return bins;
}

/// Improves clusters: lets every border move within a window, until no border reaches the edge of its window.
Clusters refine(const Points &points, Clusters clusters, const std::vector<size_t> &bins) {
  constexpr size_t reach = 3; // bins to each side
  constexpr unsigned mostRounds = 24;
  size_t count = clusters.starts.size();
  for (unsigned round = 0; round < mostRounds; ++round) {
    std::vector<Window> windows(count);
    windows[0] = {0, 0};
    for (size_t t = 1; t < count; ++t) {
      size_t bin = size_t(std::upper_bound(bins.begin(), bins.end(), clusters.starts[t]) - bins.begin()) - 1;
      windows[t].first = std::max({bins[bin > reach ? bin - reach : 0], windows[t - 1].first + 1, t});
      windows[t].last = std::min(bin + reach < bins.size() ? bins[bin + reach] : points.size() - 1, points.size() - (count - t));
    }
    for (size_t t = count - 1; t > 1; --t)
      windows[t - 1].last = std::min(windows[t - 1].last, windows[t].last - 1);
    Clusters better = BorderProgram(points, windows).solve();
    bool atEdge = false;
    for (size_t t = 1; t < count; ++t) {
      bool moved = better.starts[t] != clusters.starts[t];
      atEdge |= moved && (better.starts[t] == windows[t].first || better.starts[t] == windows[t].last);
    }
    clusters = std::move(better);
    if (!atEdge)
      break;
  }
  return clusters;
}

/// About how many errors the exact program evaluates.
uint64_t costOfExact(size_t points, size_t clusters) {
  double levels = std::log2(double(points) / double(clusters) + 2) + 1;
  return uint64_t(double(points) * double(clusters) * levels);
}

Clusters solveExactly(const Points &points, size_t count) {
  std::vector<Window> windows;
  for (size_t t = 0; t < count; ++t)
    windows.push_back({t, t ? points.size() - (count - t) : 0});
  BorderProgram program(points, std::move(windows));
  program.isWhole = true;
  return program.solve();
}

} // namespace

Clusters mil::clusterExactly(const Points &points, size_t most) { return cluster(points, most, UINT64_MAX); }

Clusters mil::cluster(const Points &points, size_t most, uint64_t budget) {
  Clusters clusters;
  if (points.size() <= most) {
    clusters = onePointEach(points);
  } else if (costOfExact(points.size(), most) <= budget) {
    clusters = solveExactly(points, most);
  } else {
    std::vector<size_t> bins;
    size_t fine = 16 * most;
    Points few = coarse(points, fine, bins);
    for (; few.size() < 2 * most && fine < points.size(); fine *= 4) // a few values have nearly all the weight
      few = coarse(points, fine * 4, bins);
    if (few.size() <= most) {
      clusters = solveExactly(points, most);
    } else {
      clusters = solveExactly(few, most);
      for (size_t &start : clusters.starts)
        start = bins[start];
      clusters = refine(points, std::move(clusters), bins);
    }
  }
  clusters.error = std::max(clusters.error, 0.0); // rounding
  setMeans(points, clusters);
  return clusters;
}
