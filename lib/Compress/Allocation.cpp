#include "mil/Compress/Allocation.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>
#include <tuple>

using namespace mil;

double mil::decibels(double noise) { return noise > 0 ? -10 * std::log10(noise) : std::numeric_limits<double>::infinity(); }

namespace {

/// The options on the lower convex hull of noise over bytes, the smallest first.
std::vector<size_t> hullOf(const WeightOptions &weight) {
  std::vector<size_t> order(weight.options.size());
  std::iota(order.begin(), order.end(), 0);
  const std::vector<WeightOption> &options = weight.options;
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::tie(options[a].bytes, options[a].noise, a) < std::tie(options[b].bytes, options[b].noise, b);
  });
  auto slope = [&](size_t a, size_t b) { return (options[a].noise - options[b].noise) / double(options[b].bytes - options[a].bytes); };
  std::vector<size_t> hull;
  for (size_t each : order) {
    if (!hull.empty() && options[each].noise >= options[hull.back()].noise)
      continue;
    if (!hull.empty() && options[each].bytes == options[hull.back()].bytes)
      hull.pop_back();
    while (hull.size() >= 2 && slope(hull[hull.size() - 2], hull.back()) <= slope(hull.back(), each))
      hull.pop_back();
    hull.push_back(each);
  }
  return hull;
}

/// A weight's way from one point of its hull to the next.
struct Step {
  size_t weight, to;
  double slope;
  uint64_t bytes;
  double noise; ///< saved
};

class Ladder {
public:
  explicit Ladder(llvm::ArrayRef<WeightOptions> weights) : weights(weights) {
    for (size_t i = 0; i < weights.size(); ++i) {
      std::vector<size_t> hull = hullOf(weights[i]);
      start.chosen.push_back(hull.front());
      start.bytes += weights[i].options[hull.front()].bytes;
      start.noise += weights[i].options[hull.front()].noise / double(weights.size());
      for (size_t k = 1; k < hull.size(); ++k) {
        const WeightOption &a = weights[i].options[hull[k - 1]], &b = weights[i].options[hull[k]];
        double saved = (a.noise - b.noise) / double(weights.size());
        steps.push_back({i, hull[k], saved / double(b.bytes - a.bytes), b.bytes - a.bytes, saved});
      }
    }
    // Slopes fall along a weight's own steps, so that these stay in order.
    llvm::sort(steps,
               [](const Step &a, const Step &b) { return std::tie(b.slope, a.weight, a.bytes) < std::tie(a.slope, b.weight, b.bytes); });
  }
  /// The smallest choice.
  Allocation start;
  std::vector<Step> steps;

  static void take(Allocation &allocation, const Step &step) {
    allocation.chosen[step.weight] = step.to;
    allocation.bytes += step.bytes;
    allocation.noise = std::max(allocation.noise - step.noise, 0.0);
  }
  /// Sums up once more, without what rounding has left on the way.
  Allocation settled(Allocation allocation) const {
    allocation.noise = 0;
    for (size_t i = 0; i < weights.size(); ++i)
      allocation.noise += weights[i].options[allocation.chosen[i]].noise / double(weights.size());
    return allocation;
  }

private:
  llvm::ArrayRef<WeightOptions> weights;
};

} // namespace

std::optional<Allocation> mil::allocate(llvm::ArrayRef<WeightOptions> weights, uint64_t bytes) {
  Ladder ladder(weights);
  Allocation allocation = ladder.start;
  if (allocation.bytes > bytes)
    return std::nullopt;
  // A weight whose next step doesn't fit has had its last one; smaller steps of others may fit still.
  std::vector<bool> stuck(weights.size());
  for (const Step &step : ladder.steps) {
    if (stuck[step.weight])
      continue;
    if (allocation.bytes + step.bytes > bytes)
      stuck[step.weight] = true;
    else
      Ladder::take(allocation, step);
  }
  return ladder.settled(std::move(allocation));
}

std::optional<Allocation> mil::allocateForNoise(llvm::ArrayRef<WeightOptions> weights, double noise) {
  Ladder ladder(weights);
  Allocation allocation = ladder.start;
  for (const Step &step : ladder.steps) {
    if (allocation.noise <= noise)
      break;
    Ladder::take(allocation, step);
  }
  allocation = ladder.settled(std::move(allocation));
  return allocation.noise <= noise ? std::optional(allocation) : std::nullopt;
}

std::vector<Allocation> mil::allocationCurve(llvm::ArrayRef<WeightOptions> weights, size_t points) {
  Ladder ladder(weights);
  std::vector<Allocation> curve{ladder.start};
  Allocation at = ladder.start;
  uint64_t most = at.bytes;
  for (const Step &step : ladder.steps)
    most += step.bytes;
  uint64_t apart = std::max<uint64_t>(1, (most - at.bytes) / std::max<size_t>(points - 1, 1));
  for (const Step &step : ladder.steps) {
    Ladder::take(at, step);
    if (at.bytes >= curve.back().bytes + apart || &step == &ladder.steps.back())
      curve.push_back(ladder.settled(at));
  }
  return curve;
}
