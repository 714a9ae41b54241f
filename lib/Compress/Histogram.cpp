#include "Histogram.h"
#include "Rounding.h"
#include "mil/Pass/StreamedConstants.h"
#include <algorithm>
#include <atomic>
#include <bit>

using namespace mil;

bool mil::forWindows(const WeightView &weight, const Elements &elements,
                     llvm::function_ref<void(llvm::ArrayRef<float>, llvm::ArrayRef<float>)> visit) {
  std::vector<float> values, importance, kept;
  std::unique_ptr<ElementReader> mask = weight.mask ? elementsOf(*weight.mask) : nullptr;
  std::vector<double> bits;
  DiagnosticEngine silent; // the failure is reported when the weights are written
  for (int64_t row = 0; row < elements.rows; ++row)
    for (int64_t done = 0; done < elements.length; done += int64_t(values.size())) {
      int64_t from = elements.first + row * elements.stride + done;
      values.resize(size_t(std::min(elementsATask, elements.length - done)));
      importance.resize(weight.importance ? values.size() : 0);
      if (!weight.values->read(from, values) || (weight.importance && !weight.importance->read(from, importance)))
        return false;
      if (!mask) {
        visit(values, importance);
        continue;
      }
      bits.resize(values.size());
      if (!mask->read(from, bits, silent))
        return false;
      kept.clear();
      size_t weights = 0;
      for (size_t i = 0; i < values.size(); ++i)
        if (bits[i] != 0) {
          kept.push_back(values[i]);
          if (weight.importance)
            importance[weights++] = importance[i];
        }
      visit(kept, llvm::ArrayRef(importance).take_front(weights));
    }
  return true;
}

namespace {

/// An importance of 0 would let an element be anything.
double atLeast(float importance) { return std::max(double(importance), 1e-12); }

/// Numbers in the order of floats, -0 as 0.
uint32_t orderOf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value + 0.0f);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
float floatOfOrder(uint32_t order) { return std::bit_cast<float>(order & 0x80000000u ? order & 0x7FFFFFFFu : ~order); }

// ---- fp16

constexpr size_t halfs = 1 << 16;
constexpr uint16_t positiveInfinity = 0x7C00, minusZero = 0x8000;

bool isFinite(uint16_t half) { return (half & positiveInfinity) != positiveInfinity; }

} // namespace

bool mil::countHalfs(const WeightValues &weight, int64_t from, int64_t count, std::vector<uint64_t> &counts) {
  constexpr int64_t share = int64_t(1) << 21;
  constexpr size_t wave = 8;
  std::atomic<bool> read = true;
  for (int64_t start = 0; start < count && read; start += share * int64_t(wave)) {
    size_t tasks = size_t(std::min<int64_t>(wave, (count - start + share - 1) / share));
    std::vector<std::vector<uint32_t>> parts(tasks);
    inParallel(tasks, [&](size_t task) {
      std::vector<uint32_t> &part = parts[task];
      part.assign(halfs, 0);
      std::vector<uint16_t> window;
      int64_t at = start + int64_t(task) * share, end = std::min(at + share, count);
      for (; at < end; at += int64_t(window.size())) {
        window.resize(size_t(std::min(elementsATask, end - at)));
        if (!weight.readHalfs(from + at, window)) {
          read = false;
          return;
        }
        for (uint16_t bits : window)
          ++part[bits];
      }
    });
    for (const std::vector<uint32_t> &part : parts)
      for (size_t i = 0; i < part.size(); ++i)
        counts[i] += part[i];
  }
  return read;
}

namespace {

/// `weights` by the bits of fp16; those of -0 count for 0.
template <typename T> std::optional<Histogram> pointsOfHalfs(std::vector<T> &weights, WhyLeft &why) {
  weights[0] += weights[minusZero];
  weights[minusZero] = 0;
  Histogram histogram;
  for (size_t order = 0; order < halfs; ++order) {
    uint16_t bits = halfOfOrder(uint16_t(order));
    if (weights[bits] == T(0))
      continue;
    if (!isFinite(bits)) {
      why = WhyLeft::NotFinite;
      return std::nullopt;
    }
    histogram.points.add(double(floatOfHalf(bits)), double(weights[bits]));
  }
  return histogram;
}

// ---- Any

/// Points of sorted values, equal ones together.
std::optional<Histogram> pointsOfSorted(llvm::ArrayRef<float> values, WhyLeft &why) {
  Histogram histogram;
  for (size_t i = 0; i < values.size();) {
    size_t end = i + 1;
    while (end < values.size() && values[end] == values[i])
      ++end;
    histogram.points.add(double(values[i]), double(end - i));
    i = end;
  }
  if (!values.empty() && (!std::isfinite(values.front()) || !std::isfinite(values.back()))) {
    why = WhyLeft::NotFinite;
    return std::nullopt;
  }
  return histogram;
}

std::optional<Histogram> sorted(const WeightView &weight, const Elements &elements, WhyLeft &why) {
  std::vector<float> values;
  std::vector<std::pair<float, float>> pairs;
  bool finite = true;
  auto collect = [&](llvm::ArrayRef<float> window, llvm::ArrayRef<float> importance) {
    for (size_t i = 0; i < window.size(); ++i) {
      finite &= std::isfinite(window[i]);
      if (importance.empty())
        values.push_back(window[i] + 0.0f);
      else
        pairs.push_back({window[i] + 0.0f, importance[i]});
    }
  };
  if (!forWindows(weight, elements, collect) || !finite) {
    why = finite ? WhyLeft::Unreadable : WhyLeft::NotFinite;
    return std::nullopt;
  }
  if (!weight.importance) {
    std::sort(values.begin(), values.end());
    return pointsOfSorted(values, why);
  }
  std::sort(pairs.begin(), pairs.end());
  Histogram histogram;
  for (size_t i = 0; i < pairs.size();) {
    double total = 0;
    size_t end = i;
    for (; end < pairs.size() && pairs[end].first == pairs[i].first; ++end)
      total += atLeast(pairs[end].second);
    histogram.points.add(double(pairs[i].first), total);
    i = end;
  }
  return histogram;
}

/// Bins: first by the upper half of the bits, then each of these cut as finely as its share of the clusters requires.
std::optional<Histogram> binned(const WeightView &weight, const Elements &elements, WhyLeft &why) {
  constexpr size_t bins = 1 << 15;
  std::vector<double> coarse(halfs);
  auto count = [&](llvm::ArrayRef<float> window, llvm::ArrayRef<float> importance) {
    for (size_t i = 0; i < window.size(); ++i)
      coarse[orderOf(window[i]) >> 16] += importance.empty() ? 1 : atLeast(importance[i]);
  };
  if (!forWindows(weight, elements, count)) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  auto shareOf = [&](size_t i) {
    double width = double(floatOfOrder(uint32_t(i) << 16 | 0xFFFF)) - double(floatOfOrder(uint32_t(i) << 16));
    return std::cbrt(coarse[i] * width * width);
  };
  double total = 0;
  for (size_t i = 0; i < halfs; ++i)
    if (coarse[i] > 0)
      total += shareOf(i);
  if (!std::isfinite(total)) {
    why = WhyLeft::NotFinite;
    return std::nullopt;
  }
  std::vector<uint32_t> first(halfs + 1), parts(halfs);
  for (size_t i = 0; i < halfs; ++i) {
    parts[i] = coarse[i] > 0 ? uint32_t(1 + (total > 0 ? shareOf(i) / total * double(bins) : 0)) : 0;
    first[i + 1] = first[i] + parts[i];
  }
  struct Bin {
    double weight = 0, sum = 0, squares = 0;
  };
  std::vector<Bin> fine(first.back());
  auto fill = [&](llvm::ArrayRef<float> window, llvm::ArrayRef<float> importance) {
    for (size_t i = 0; i < window.size(); ++i) {
      uint32_t order = orderOf(window[i]), upper = order >> 16;
      Bin &bin = fine[first[upper] + uint32_t(uint64_t(order & 0xFFFF) * parts[upper] >> 16)];
      double by = importance.empty() ? 1 : atLeast(importance[i]), value = double(window[i]);
      bin.weight += by, bin.sum += by * value, bin.squares += by * value * value;
    }
  };
  if (!forWindows(weight, elements, fill)) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  Histogram histogram;
  histogram.isBinned = true;
  for (const Bin &bin : fine)
    if (bin.weight > 0)
      histogram.points.addBin(bin.sum / bin.weight, bin.weight, bin.sum, bin.squares);
  return histogram;
}

} // namespace

std::optional<Histogram> mil::histogramOf(const WeightView &weight, const Elements &elements, bool exact, WhyLeft &why) {
  constexpr int64_t few = 1 << 14;
  if (!weight.values->isHalf() && !exact && elements.count() > 4 * few)
    return binned(weight, elements, why);
  if (!weight.values->isHalf() || elements.count() < few)
    return sorted(weight, elements, why);
  bool read;
  std::optional<Histogram> histogram;
  if (weight.importance) {
    std::vector<double> sums(halfs);
    read = forWindows(weight, elements, [&](llvm::ArrayRef<float> values, llvm::ArrayRef<float> importance) {
      for (size_t i = 0; i < values.size(); ++i)
        sums[bitsOfHalf(values[i])] += atLeast(importance[i]);
    });
    histogram = pointsOfHalfs(sums, why);
  } else {
    std::vector<uint64_t> counts(halfs);
    read = elements.rows == 1 && !weight.mask ? countHalfs(*weight.values, elements.first, elements.length, counts)
                                              : forWindows(weight, elements, [&](llvm::ArrayRef<float> values, llvm::ArrayRef<float>) {
                                                  for (float value : values)
                                                    ++counts[bitsOfHalf(value)];
                                                });
    histogram = pointsOfHalfs(counts, why);
  }
  if (!read) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  return histogram;
}
