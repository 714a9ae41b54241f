#include "mil/Run/Watch.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;

ValueStatistics mil::statisticsOf(const Tensor &tensor) {
  constexpr double mostOfHalf = 65504;
  constexpr int64_t window = 4096;
  ValueStatistics s;
  s.count = uint64_t(tensor.count());
  double sum = 0;
  uint64_t finite = 0;
  std::vector<double> part;
  for (int64_t at = 0; at < tensor.count(); at += int64_t(part.size())) {
    part.resize(size_t(std::min(window, tensor.count() - at)));
    tensor.read(at, llvm::MutableArrayRef(part));
    for (double value : part) {
      s.nan += std::isnan(value);
      s.infinite += std::isinf(value);
      if (!std::isfinite(value))
        continue;
      s.beyondHalf += std::abs(value) > mostOfHalf;
      s.min = finite ? std::min(s.min, value) : value;
      s.max = finite ? std::max(s.max, value) : value;
      sum += value;
      ++finite;
    }
  }
  s.mean = finite ? sum / double(finite) : 0;
  return s;
}

ValueWatch::ValueWatch(std::vector<std::string> wanted, bool keepValues) : keepValues(keepValues) {
  for (const std::string &name : wanted)
    names.insert(name);
}

bool ValueWatch::after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) {
  for (auto [value, held] : llvm::zip(op.results(), results)) {
    const Tensor *tensor = held.tensor();
    std::string name = value.name().str().str();
    if (!tensor || (!names.empty() && !names.contains(name)))
      continue;
    ValueStatistics statistics = statisticsOf(*tensor);
    if (!bad && (statistics.nan || statistics.infinite))
      bad = &op;
    auto [place, isNew] = places.try_emplace(&value, values.size());
    if (isNew)
      values.push_back({&op, name, value.type(), {}, std::nullopt});
    Seen &entry = values[place->second];
    statistics.nan += entry.statistics.nan, statistics.infinite += entry.statistics.infinite;
    entry.statistics = statistics;
    if (keepValues)
      entry.value = *tensor;
  }
  return true;
}
