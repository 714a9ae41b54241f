#include "Sampling.h"
#include <cmath>

namespace mil {

bool sampleWeight(ElementReader &elements, size_t most, WeightSample &sample, DiagnosticEngine &diags) {
  sample.elements = uint64_t(elements.count());
  constexpr size_t windows = 8;
  bool whole = sample.elements <= most;
  size_t window = whole ? size_t(sample.elements) : most / windows;
  std::vector<double> values(whole ? window : window * windows);
  for (size_t i = 0; i < (whole ? 1 : windows); ++i) {
    int64_t from = whole ? 0 : int64_t(double(sample.elements - window) * double(i) / (windows - 1));
    if (window && !elements.read(from, llvm::MutableArrayRef(values).slice(i * window, window), diags))
      return false;
  }
  sample.first.assign(values.begin(), values.begin() + std::min(values.size(), WeightSample::shown));
  sample.sampled = values.size();
  sample.zeros = uint64_t(llvm::count(values, 0.0));

  llvm::erase_if(values, [](double value) { return !std::isfinite(value); });
  sample.notFinite = sample.sampled - values.size();
  if (values.empty())
    return true;
  sample.least = *llvm::min_element(values);
  sample.greatest = *llvm::max_element(values);
  double sum = 0, squares = 0;
  for (double value : values)
    sum += value;
  sample.mean = sum / double(values.size());
  for (double value : values)
    squares += (value - sample.mean) * (value - sample.mean);
  sample.deviation = std::sqrt(squares / double(values.size()));
  double range = sample.greatest - sample.least;
  for (double value : values)
    ++sample.histogram[range > 0 ? std::min(WeightSample::bins - 1, size_t((value - sample.least) / range * WeightSample::bins)) : 0];
  return true;
}

} // namespace mil
