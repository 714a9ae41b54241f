// Pruning: which elements become 0, by magnitude, by the magnitude of blocks of channels, or n of every m.
//
// Quantiles interpolate as numpy's percentile does, in the weight's element type; so the same elements are pruned as in coremltools.
#include "Histogram.h"
#include "Parts.h"
#include "Rounding.h"
#include "mil/IR/Context.h"
#include "llvm/ADT/STLExtras.h"
#include <bit>

using namespace mil;

namespace {

using Values = std::shared_ptr<const WeightValues>;

// ---- Magnitudes

/// The magnitudes of blocks of channels: the root of the sum of squares, for each element of a block.
class BlockMagnitudes : public WeightValues {
public:
  BlockMagnitudes(Values weight, size_t dim, int64_t size)
      : WeightValues(weight->dtype(), weight->dims()), weight(std::move(weight)), size(size) {
    length = dims()[dim];
    for (int64_t each : dims().drop_front(dim + 1))
      inner *= each;
  }
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    std::vector<float> part, sum;
    for (int64_t done = 0, n; done < int64_t(out.size()); done += n) {
      int64_t at = from + done, row = at / inner, offset = at % inner, step = row % length;
      n = std::min(inner - offset, int64_t(out.size()) - done);
      int64_t first = step / size * size, end = std::min(first + size, length);
      part.resize(size_t(n));
      sum.assign(size_t(n), 0);
      for (int64_t each = first; each < end; ++each) {
        if (!weight->read((row - step + each) * inner + offset, part))
          return false;
        for (size_t i = 0; i < part.size(); ++i)
          sum[i] = round(sum[i] + round(part[i] * part[i]));
      }
      for (size_t i = 0; i < sum.size(); ++i)
        out[size_t(done) + i] = round(std::sqrt(sum[i]));
    }
    return true;
  }

private:
  float round(float value) const { return isHalf() ? roundedToHalf(value) : value; }
  Values weight;
  int64_t size, length, inner = 1;
};

uint32_t magnitudeBits(float value) { return std::bit_cast<uint32_t>(std::fabs(value)); }

/// Order statistics of magnitudes, by counting their bits: of fp16 all, of fp32 first the upper half, then the lower half of those around
/// the wanted ranks.
class Magnitudes {
public:
  explicit Magnitudes(const WeightValues &weight) : weight(weight) {}

  /// The magnitude of a rank; nullopt when elements can't be read.
  std::optional<float> at(int64_t rank) {
    if (upper.empty() && !countUpper())
      return std::nullopt;
    size_t high = 0;
    for (; upper[high] <= uint64_t(rank); ++high)
      rank -= int64_t(upper[high]);
    if (weight.isHalf())
      return floatOfHalf(uint16_t(high));
    std::vector<uint64_t> lower(1 << 16);
    if (!count(lower, [high](uint32_t bits) { return bits >> 16 == high ? int64_t(bits & 0xFFFF) : -1; }))
      return std::nullopt;
    size_t low = 0;
    for (; lower[low] <= uint64_t(rank); ++low)
      rank -= int64_t(lower[low]);
    return std::bit_cast<float>(uint32_t(high << 16 | low));
  }

private:
  bool countUpper() {
    upper.assign(1 << 16, 0);
    if (!weight.isHalf())
      return count(upper, [](uint32_t bits) { return int64_t(bits >> 16); });
    if (!countHalfs(weight, 0, weight.count(), upper))
      return false;
    for (size_t i = 0; i < 1 << 15; ++i)
      upper[i] += std::exchange(upper[i | 1 << 15], 0);
    return true;
  }
  template <typename F> bool count(std::vector<uint64_t> &counts, F bin) {
    std::vector<float> values;
    for (int64_t at = 0; at < weight.count(); at += int64_t(values.size())) {
      values.resize(size_t(std::min(elementsATask, weight.count() - at)));
      if (!weight.read(at, values))
        return false;
      for (float value : values)
        if (int64_t i = bin(magnitudeBits(value)); i >= 0)
          ++counts[size_t(i)];
    }
    return true;
  }

  const WeightValues &weight;
  std::vector<uint64_t> upper;
};

/// The magnitude up to which a part of the elements goes, as numpy interpolates percentiles; -1 for none.
std::optional<float> quantile(const WeightValues &weight, double part) {
  if (part == 0)
    return -1;
  double place = double(weight.count() - 1) * (part * 100 / 100), rank = std::floor(place), t = place - rank;
  Magnitudes magnitudes(weight);
  std::optional<float> a = magnitudes.at(int64_t(rank)), b = magnitudes.at(std::min(int64_t(rank) + 1, weight.count() - 1));
  if (!a || !b)
    return std::nullopt;
  double step = roundedTo(weight.dtype(), double(*b) - double(*a));
  double limit = t < 0.5 ? double(*a) + step * t : double(*b) - step * (1 - t);
  return float(roundedTo(weight.dtype(), limit));
}

// ---- Masks

/// Keeps what has a magnitude, in `measure`, above a limit, and isn't 0.
Kept::Mask above(Values weight, Values measure, float limit) {
  if (measure == weight && weight->isHalf() && (limit < 0 || roundedToHalf(limit) == limit)) {
    // Magnitudes of fp16 are ordered as their bits are.
    uint16_t bound = limit < 0 ? 0 : bitsOfHalf(limit);
    return [weight = std::move(weight), bound](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
      std::vector<uint16_t> halfs(out.size());
      if (!weight->readHalfs(from, halfs))
        return false;
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = (halfs[i] & 0x7FFF) > bound;
      return true;
    };
  }
  return [weight = std::move(weight), measure = std::move(measure), limit](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<float> values(out.size());
    if (!measure->read(from, values))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = std::fabs(values[i]) > limit && values[i] != 0;
    if (measure == weight)
      return true;
    if (!weight->read(from, values))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] &= values[i] != 0;
    return true;
  };
}

/// Drops exactly so many, the first of equal magnitudes first.
std::optional<Kept::Mask> exactly(const Values &weight, const Values &measure, double part) {
  int64_t drop = int64_t(std::nearbyint(double(weight->count()) * part));
  if (drop == 0)
    return above(weight, measure, -1);
  std::optional<float> limit = Magnitudes(*measure).at(drop - 1);
  if (!limit)
    return std::nullopt;
  // Of those that are equal to the limit, some stay: the last ones.
  Kept::Mask equals = [measure, limit = *limit](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<float> values(out.size());
    if (!measure->read(from, values))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = std::fabs(values[i]) == limit;
    return true;
  };
  std::shared_ptr<const Kept> equal = Kept::of(weight->count(), equals), higher = Kept::of(weight->count(), above(weight, measure, *limit));
  if (!equal || !higher)
    return std::nullopt;
  int64_t dropped = equal->count() - (weight->count() - drop - higher->count());
  // Where the last of the dropped ones is.
  std::vector<int64_t> place(1, -1);
  if (*limit == 0)
    dropped = equal->count();
  if (dropped > 0) {
    auto places = [](int64_t from, llvm::MutableArrayRef<int64_t> out) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = from + int64_t(i);
      return true;
    };
    if (!equal->gather<int64_t>(dropped - 1, place, places))
      return std::nullopt;
  }
  return [last = place[0], mask = above(weight, measure, *limit), equals](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<uint8_t> same(out.size());
    if (!mask(from, out) || !equals(from, same))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] |= same[i] && from + int64_t(i) > last;
    return true;
  };
}

/// Drops n of every m along a dimension; what is missing in the last group counts as smallest.
class Ratio {
public:
  Ratio(Values weight, size_t dim, int64_t n, int64_t m) : weight(std::move(weight)), n(n), m(m) {
    llvm::ArrayRef<int64_t> dims = this->weight->dims();
    length = dims[dim];
    for (int64_t each : dims.drop_front(dim + 1))
      inner *= each;
  }
  bool operator()(int64_t from, llvm::MutableArrayRef<uint8_t> out) const {
    // Groups lie behind one another up to the end of the dimension; many small ones are read together.
    int64_t row = length * inner, unit = std::max<int64_t>(1, elementsATask / (m * inner)) * m * inner;
    std::vector<float> values;
    std::vector<uint8_t> kept;
    for (int64_t done = 0; done < int64_t(out.size());) {
      int64_t at = from + done, rowStart = at / row * row, start = rowStart + (at - rowStart) / unit * unit;
      values.resize(size_t(std::min(unit, rowStart + row - start)));
      if (!weight->read(start, values))
        return false;
      keep(values, kept);
      int64_t count = std::min(start + int64_t(values.size()) - at, int64_t(out.size()) - done);
      std::copy_n(kept.begin() + (at - start), count, out.begin() + done);
      done += count;
    }
    return true;
  }

private:
  void keep(llvm::ArrayRef<float> values, std::vector<uint8_t> &kept) const {
    kept.resize(values.size());
    int64_t steps = int64_t(values.size()) / inner, whole = m <= mostRanked ? steps / m * m : 0;
    if (whole)
      keepByRank(values.take_front(size_t(whole * inner)), kept);
    for (int64_t first = whole; first < steps; first += m)
      for (int64_t i = 0; i < inner; ++i)
        keepSorted(values.data() + first * inner + i, std::min(m, steps - first), kept.data() + first * inner + i);
  }

  /// Of whole groups, many at a time: counts for each element how many of its group are smaller. Magnitudes are ordered as their bits are.
  void keepByRank(llvm::ArrayRef<float> values, std::vector<uint8_t> &kept) const {
    constexpr int64_t tile = 64;
    int32_t magnitudes[mostRanked][tile] = {}, ranks[mostRanked][tile];
    size_t places[tile], next = 0; // of first elements
    int64_t groups = int64_t(values.size()) / m, column = 0;
    for (int64_t first = 0; first < groups; first += tile) {
      size_t count = size_t(std::min(tile, groups - first));
      for (size_t group = 0; group < count; ++group) {
        places[group] = next++;
        if (++column == inner)
          next += size_t((m - 1) * inner), column = 0;
      }
      for (int64_t a = 0; a < m; ++a)
        for (size_t group = 0; group < count; ++group)
          magnitudes[a][group] = int32_t(magnitudeBits(values[places[group] + size_t(a * inner)]));
      for (int64_t a = 0; a < m; ++a)
        std::fill_n(ranks[a], tile, 0);
      for (int64_t a = 0; a < m; ++a)
        for (int64_t b = a + 1; b < m; ++b)
          for (int64_t group = 0; group < tile; ++group) {
            int32_t isSmaller = magnitudes[a][group] <= magnitudes[b][group]; // the first of equal ones is
            ranks[b][group] += isSmaller, ranks[a][group] += 1 - isSmaller;
          }
      for (int64_t a = 0; a < m; ++a)
        for (size_t group = 0; group < count; ++group)
          kept[places[group] + size_t(a * inner)] = (ranks[a][group] >= n) & (magnitudes[a][group] != 0);
    }
  }

  void keepSorted(const float *group, int64_t present, uint8_t *keeps) const {
    std::vector<int64_t> order;
    for (int64_t a = 0; a < present; ++a)
      order.push_back(a);
    llvm::sort(order, [&](int64_t a, int64_t b) {
      float x = std::fabs(group[a * inner]), y = std::fabs(group[b * inner]);
      return x < y || (x == y && a < b);
    });
    int64_t zeros = n - (m - present);
    for (int64_t k = 0; k < present; ++k)
      keeps[order[size_t(k)] * inner] = k >= zeros && group[order[size_t(k)] * inner] != 0;
  }

  static constexpr int64_t mostRanked = 16;
  Values weight;
  int64_t n, m, length, inner = 1;
};

/// Whether there is a NaN; nullopt when the weight can't be read.
std::optional<bool> hasNaN(const WeightValues &weight) {
  if (weight.isHalf()) {
    std::vector<uint64_t> counts(1 << 16);
    if (!countHalfs(weight, 0, weight.count(), counts))
      return std::nullopt;
    constexpr size_t infinity = 0x7C00, minus = 0x8000;
    auto any = [&](size_t first, size_t end) {
      return std::any_of(counts.begin() + ptrdiff_t(first), counts.begin() + ptrdiff_t(end), [](uint64_t count) { return count != 0; });
    };
    return any(infinity + 1, minus) || any(minus + infinity + 1, counts.size());
  }
  struct State {
    bool found = false;
  };
  Tensor::Dims one(weight.dims().size(), 1);
  auto states = overBlocks<State>(
      weight, one,
      [](State &state, llvm::ArrayRef<float> values, int64_t) {
        bool found = false;
        for (float value : values)
          found |= value != value;
        state.found |= found;
      },
      [](State &all, const State &part) { all.found |= part.found; });
  return states ? std::optional((*states)[0].found) : std::nullopt;
}

std::optional<Kept::Mask> maskFor(const WeightView &weight, const PruneScheme &scheme, WhyLeft &why) {
  llvm::ArrayRef<int64_t> dims = weight.values->dims();
  if (scheme.mode == PruneScheme::Mode::Threshold)
    return above(weight.values, weight.values, float(roundedTo(weight.values->dtype(), scheme.threshold)));
  bool isRatio = scheme.mode == PruneScheme::Mode::Ratio, inBlocks = scheme.blockSize > 1;
  int64_t dim = scheme.dim.value_or(isRatio ? 1 : 0);
  dim += dim < 0 ? int64_t(dims.size()) : 0;
  if (isRatio || inBlocks) {
    int64_t size = isRatio ? scheme.m : scheme.blockSize;
    bool exists = dim >= 0 && dim < int64_t(dims.size());
    why = !weight.isStructured           ? WhyLeft::NotStructured
          : !exists                      ? WhyLeft::NoAxis
          : dims[size_t(dim)] / 2 < size ? WhyLeft::TooSmall
                                         : why;
    if (why != WhyLeft::None)
      return std::nullopt;
    if (isRatio)
      return Ratio(weight.values, size_t(dim), scheme.n, scheme.m);
  }
  Values measure = weight.values;
  if (inBlocks)
    measure = std::make_shared<BlockMagnitudes>(weight.values, size_t(dim), scheme.blockSize);
  if (scheme.exactCount)
    return exactly(weight.values, measure, scheme.sparsity);
  std::optional<float> limit = quantile(*measure, scheme.sparsity);
  return limit ? std::optional(above(weight.values, measure, *limit)) : std::nullopt;
}

} // namespace

std::optional<CompressedWeight> mil::compress(const WeightView &weight, const PruneScheme &scheme, Opset opset, Context &context,
                                              WhyLeft &why) {
  std::optional<bool> isBad = hasNaN(*weight.values);
  if (!isBad || *isBad) {
    why = isBad ? WhyLeft::NotFinite : WhyLeft::Unreadable;
    return std::nullopt;
  }
  std::optional<Kept::Mask> mask = maskFor(weight, scheme, why);
  std::shared_ptr<const Kept> kept = mask ? Kept::of(weight.values->count(), std::move(*mask)) : nullptr;
  if (!kept) {
    why = why == WhyLeft::None ? WhyLeft::Unreadable : why;
    return std::nullopt;
  }
  double dropped = double(weight.values->count() - kept->count()) / double(weight.values->count());
  if (kept->count() == 0 || (scheme.mode == PruneScheme::Mode::Threshold && !(dropped >= scheme.minimumSparsity))) {
    why = WhyLeft::TooFewZeros;
    return std::nullopt;
  }
  CompressedWeight form;
  form.suffix = "_sparsified";
  form.values = [values = weight.values, kept](int64_t from, llvm::MutableArrayRef<float> out) {
    std::vector<uint8_t> bits(out.size());
    if (!values->read(from, out) || !kept->mask()(from, bits))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = bits[i] ? out[i] : 0;
    return true;
  };
  const Literal *bits = maskConstant(context, weight.values->dims(), kept->mask());
  const Literal *data = keptValues(context, kept, weight.values);
  CompressedWeight::Operation &op = form.operations.emplace_back();
  op.type = "constexpr_sparse_to_dense";
  if (opset >= Opset::IOS18)
    op.arguments = {{"nonzero_data", data}, {"mask", bits}};
  else
    op.arguments = {
        {"nonzero_data", data}, {"mask", packedAsBytes(context, bits)}, {"shape", shapeAsUInt32(context, weight.values->dims())}};
  return form;
}
