#include "ActivationRanges.h"
#include <cmath>

using namespace mil;

namespace {

constexpr size_t bins = 2048;

struct Magnitudes {
  double greatest = 0;
  std::vector<uint64_t> counts; ///< in equal bins up to `greatest`, where they are asked for
};

/// Sees the values of runs: their greatest magnitudes first, then how magnitudes spread.
class RangeWatch : public RunObserver {
public:
  explicit RangeWatch(llvm::ArrayRef<const Value *> wanted) {
    for (const Value *value : wanted)
      seen[value];
  }
  bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override {
    for (size_t i = 0; i < results.size() && i < op.resultCount(); ++i)
      add(op.result(i), results[i]);
    return true;
  }
  void add(const Value *value, const RuntimeValue &held) {
    auto found = seen.find(value);
    if (found == seen.end() || !held.tensor() || !held.tensor()->isFloat())
      return;
    Magnitudes &magnitudes = found->second;
    std::vector<double> window;
    constexpr int64_t most = 4096;
    for (int64_t at = 0; at < held.tensor()->count(); at += int64_t(window.size())) {
      window.resize(size_t(std::min(most, held.tensor()->count() - at)));
      held.tensor()->read(at, llvm::MutableArrayRef<double>(window));
      for (double each : window)
        counting ? count(magnitudes, std::abs(each)) : widen(magnitudes, std::abs(each));
    }
  }
  void startCounting() {
    counting = true;
    for (auto &[value, magnitudes] : seen)
      magnitudes.counts.assign(bins, 0);
  }
  const llvm::DenseMap<const Value *, Magnitudes> &all() const { return seen; }

private:
  static void widen(Magnitudes &magnitudes, double magnitude) {
    if (std::isfinite(magnitude))
      magnitudes.greatest = std::max(magnitudes.greatest, magnitude);
  }
  static void count(Magnitudes &magnitudes, double magnitude) {
    if (std::isfinite(magnitude) && magnitudes.greatest > 0)
      ++magnitudes.counts[std::min(size_t(magnitude / magnitudes.greatest * double(bins)), bins - 1)];
  }
  llvm::DenseMap<const Value *, Magnitudes> seen;
  bool counting = false;
};

/// The end of the bin up to which a part of all elements are.
double percentileOf(const Magnitudes &magnitudes, double percentile) {
  uint64_t total = 0, below = 0;
  for (uint64_t each : magnitudes.counts)
    total += each;
  for (size_t bin = 0; bin < bins; ++bin) {
    below += magnitudes.counts[bin];
    if (double(below) >= double(total) * percentile / 100)
      return magnitudes.greatest * double(bin + 1) / double(bins);
  }
  return magnitudes.greatest;
}

/// The squared error of rounding to 127 steps up to `range`: a twelfth of a squared step within, clipping beyond.
double errorOf(const Magnitudes &magnitudes, double range) {
  double step = range / 127, error = 0;
  for (size_t bin = 0; bin < bins; ++bin) {
    double magnitude = magnitudes.greatest * (double(bin) + 0.5) / double(bins), beyond = magnitude - range;
    // Zeros, and what is less than half a step, lose themselves.
    double within = std::min(step * step / 12, magnitude * magnitude);
    error += double(magnitudes.counts[bin]) * (beyond > 0 ? beyond * beyond : within);
  }
  return error;
}

double leastErrorOf(const Magnitudes &magnitudes) {
  double best = magnitudes.greatest, least = errorOf(magnitudes, best);
  constexpr int trials = 100;
  for (int trial = 1; trial < trials; ++trial) {
    double range = magnitudes.greatest * double(trials - trial) / trials;
    if (double error = errorOf(magnitudes, range); error < least)
      best = range, least = error;
  }
  return best;
}

} // namespace

Result<llvm::DenseMap<const Value *, double>> mil::activationRanges(llvm::ArrayRef<const Value *> values, llvm::ArrayRef<FunctionRun> runs,
                                                                    const ActivationOptions &how, const Samples &samples,
                                                                    DiagnosticEngine &diags) {
  RangeWatch watch(values);
  States states;
  auto runAll = [&] {
    return samples.forEach(runs, diags, [&](const Sample &sample) -> Status {
      ModelRunner &runner = *runs[sample.function].runner;
      if (sample.isFirst)
        states = runner.newStates();
      for (const RunPort &port : runner.inputs())
        if (auto value = sample.inputs.find(port.name); value != sample.inputs.end() && port.value)
          watch.add(port.value, value->second);
      return runner.run(sample.inputs, states, diags, &watch) ? success() : failure();
    });
  };
  using Range = ActivationOptions::Range;
  if (!runAll())
    return failure();
  if (how.range != Range::MinMax) {
    watch.startCounting();
    if (!runAll())
      return failure();
  }
  llvm::DenseMap<const Value *, double> ranges;
  for (const auto &[value, magnitudes] : watch.all())
    ranges[value] = how.range == Range::MinMax || magnitudes.greatest == 0 ? magnitudes.greatest
                    : how.range == Range::Percentile                       ? percentileOf(magnitudes, how.percentile)
                                                                           : leastErrorOf(magnitudes);
  return ranges;
}
