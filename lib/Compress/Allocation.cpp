#include "mil/Compress/Allocation.h"
#include "mil/IR/Context.h"
#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
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

// ---- Trying

namespace {

/// A constant that is a weight, with what reads it.
struct Found {
  Operation *constant;
  Opset opset;
};

const void *contentOf(const Operation &constant) {
  const Literal *literal = constant.constantValue();
  return literal->isBlob() ? static_cast<const void *>(literal->blob()) : literal;
}

/// Weights in groups: those of one name, and those of one content.
std::vector<std::vector<Found>> groupsOf(Program &program, int64_t threshold) {
  std::vector<std::vector<Found>> groups;
  llvm::StringMap<size_t> byName;
  llvm::DenseMap<const void *, size_t> byContent;
  for (Function *function : program.functions())
    function->body().walk([&](Operation &op) {
      if (!op.is("const") || !isWeight(op) || function->opset() < Opset::IOS16)
        return;
      Type type = op.constantValue()->type();
      if (!isFloat(type.dtype()) || *type.elementCount() <= threshold)
        return;
      auto name = byName.find(op.result()->name().str());
      auto content = byContent.find(contentOf(op));
      size_t group = name != byName.end() ? name->second : content != byContent.end() ? content->second : groups.size();
      if (group == groups.size())
        groups.emplace_back();
      if (name != byName.end() && content != byContent.end() && content->second != group) { // they are one group, then
        size_t other = content->second;
        for (const Found &found : groups[other]) {
          byName[found.constant->result()->name().str()] = group;
          byContent[contentOf(*found.constant)] = group;
          groups[group].push_back(found);
        }
        groups[other].clear();
      }
      byName[op.result()->name().str()] = group;
      byContent[contentOf(op)] = group;
      groups[group].push_back({&op, function->opset()});
    });
  llvm::erase_if(groups, [](const std::vector<Found> &group) { return group.empty(); });
  return groups;
}

/// What a scheme makes of a group; nullopt when one of its weights can't have it.
std::optional<WeightOption> tryOne(llvm::ArrayRef<Found> group, const Scheme &scheme) {
  WeightOption option{scheme, 0, 0};
  WeightError error;
  llvm::DenseSet<const void *> seen;
  for (const Found &found : group) {
    if (!seen.insert(contentOf(*found.constant)).second)
      continue;
    WeightView view = viewOf(*found.constant->result(), readersOf(*found.constant->result()));
    WhyLeft why = WhyLeft::None;
    if (!view.values || whyNot(scheme, found.opset))
      return std::nullopt;
    Context scratch; // for what is made, and forgotten
    std::optional<CompressedWeight> form = compress(view, scheme, found.opset, scratch, why);
    std::optional<WeightError> one = form ? errorOf(*view.values, *form) : std::nullopt;
    if (!one)
      return std::nullopt;
    option.bytes += form->bytes();
    error.squares += one->squares, error.magnitudes += one->magnitudes;
  }
  option.noise = error.squares > 0 ? error.squares / std::max(error.magnitudes, 1e-300) : 0;
  return option;
}

} // namespace

std::vector<WeightOptions> mil::tryOptions(Program &program, llvm::ArrayRef<Scheme> schemes, int64_t threshold,
                                           const std::function<void(size_t, size_t)> &tried) {
  std::vector<std::vector<Found>> groups = groupsOf(program, threshold);
  std::vector<WeightOptions> weights;
  for (const std::vector<Found> &group : groups) {
    WeightOptions &weight = weights.emplace_back();
    weight.type = group.front().constant->constantValue()->type();
    WeightOption stays;
    llvm::DenseSet<const void *> seen;
    for (const Found &found : group) {
      std::string name = found.constant->result()->name().str().str();
      if (!llvm::is_contained(weight.names, name))
        weight.names.push_back(name);
      Type type = found.constant->constantValue()->type();
      if (seen.insert(contentOf(*found.constant)).second)
        stays.bytes += packedSize(type.dtype(), uint64_t(*type.elementCount())).value_or(0);
    }
    weight.options.push_back(stays);
    for (const Scheme &scheme : schemes)
      if (std::optional<WeightOption> option = tryOne(group, scheme))
        weight.options.push_back(std::move(*option));
    if (tried)
      tried(weights.size(), groups.size());
  }
  return weights;
}
