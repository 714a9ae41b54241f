#include "ActivationRanges.h"
#include <cmath>

using namespace mil;

namespace {

constexpr size_t bins = 2048;

struct ValueMagnitudes {
  double greatest = 0;
  std::vector<uint64_t> counts; ///< in equal bins up to `greatest`, if requested
};

void widen(ValueMagnitudes &magnitudes, double magnitude) {
  if (std::isfinite(magnitude))
    magnitudes.greatest = std::max(magnitudes.greatest, magnitude);
}
void count(ValueMagnitudes &magnitudes, double magnitude) {
  if (std::isfinite(magnitude) && magnitudes.greatest > 0)
    ++magnitudes.counts[std::min(size_t(magnitude / magnitudes.greatest * double(bins)), bins - 1)];
}

/// Calls `take` for the magnitudes of all elements, in windows.
void forEachMagnitude(const Tensor &tensor, llvm::function_ref<void(double)> take) {
  constexpr int64_t most = 4096;
  std::vector<double> window;
  for (int64_t at = 0; at < tensor.count(); at += int64_t(window.size())) {
    window.resize(size_t(std::min(most, tensor.count() - at)));
    tensor.read(at, llvm::MutableArrayRef<double>(window));
    for (double each : window)
      take(std::abs(each));
  }
}

/// The end of the bin up to which a part of all elements are.
double percentileOf(const ValueMagnitudes &magnitudes, double percentile) {
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
double errorOf(const ValueMagnitudes &magnitudes, double range) {
  double step = range / 127, error = 0;
  for (size_t bin = 0; bin < bins; ++bin) {
    double magnitude = magnitudes.greatest * (double(bin) + 0.5) / double(bins), beyond = magnitude - range;
    // Zeros, and what is less than half a step, lose themselves.
    double within = std::min(step * step / 12, magnitude * magnitude);
    error += double(magnitudes.counts[bin]) * (beyond > 0 ? beyond * beyond : within);
  }
  return error;
}

double leastErrorOf(const ValueMagnitudes &magnitudes) {
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
  llvm::DenseMap<const Value *, ValueMagnitudes> seen;
  for (const Value *value : values)
    seen[value];
  auto takeAll = [&](void (*take)(ValueMagnitudes &, double)) {
    return samples.forEachValue(runs, diags, [&](const Value &value, const Tensor &tensor) {
      if (auto found = seen.find(&value); found != seen.end())
        forEachMagnitude(tensor, [&](double magnitude) { take(found->second, magnitude); });
    });
  };
  using Range = ActivationOptions::Range;
  if (!takeAll(widen))
    return failure();
  if (how.range != Range::MinMax) {
    for (auto &[value, magnitudes] : seen)
      magnitudes.counts.assign(bins, 0);
    if (!takeAll(count))
      return failure();
  }
  llvm::DenseMap<const Value *, double> ranges;
  for (const auto &[value, magnitudes] : seen)
    ranges[value] = how.range == Range::MinMax || magnitudes.greatest == 0 ? magnitudes.greatest
                    : how.range == Range::Percentile                       ? percentileOf(magnitudes, how.percentile)
                                                                           : leastErrorOf(magnitudes);
  return ranges;
}
