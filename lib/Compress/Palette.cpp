#include "Palette.h"
#include "Parts.h"
#include "Rounding.h"
#include "llvm/ADT/STLExtras.h"
#include <bit>
#include <map>

using namespace mil;

namespace {

/// Runs `make` for all groups by several threads; reports the first failure in their order.
bool forGroups(const Groups &groups, WhyLeft &why, llvm::function_ref<WhyLeft(int64_t)> make) {
  std::vector<WhyLeft> results(size_t(groups.count()), WhyLeft::None);
  inParallel(results.size(), [&](size_t group) { results[group] = make(int64_t(group)); });
  auto failed = llvm::find_if(results, [](WhyLeft each) { return each != WhyLeft::None; });
  why = failed == results.end() ? why : *failed;
  return failed == results.end();
}

Tensor::Dims blocksOf(const WeightView &weight, const Groups &groups) {
  Tensor::Dims blocks(weight.values->dims().size(), 1);
  if (!blocks.empty())
    blocks[groups.axis] = groups.count();
  return blocks;
}

/// The vectors that a mask of elements keeps; nullopt if it keeps only some elements of one.
std::optional<VectorSamples> keptVectors(const VectorSamples &all, llvm::ArrayRef<std::vector<uint8_t>> mask) {
  std::vector<size_t> kept;
  for (size_t i = 0; i < all.count(); ++i) {
    bool isSplit = llvm::any_of(mask, [&](const std::vector<uint8_t> &component) { return component[i] != mask[0][i]; });
    if (isSplit)
      return std::nullopt;
    if (mask[0][i])
      kept.push_back(i);
  }
  VectorSamples samples(all.dimension(), kept.size());
  for (size_t d = 0; d < all.dimension(); ++d)
    llvm::transform(kept, samples.component(d).begin(), [&](size_t i) { return all.component(d)[i]; });
  for (size_t i = 0; i < kept.size() && !all.weights.empty(); ++i)
    samples.weights.push_back(all.weights[kept[i]]);
  return samples;
}

/// The vectors of a group, in the order of their first components.
std::optional<VectorSamples> vectorsOf(const WeightView &weight, const Groups &groups, int64_t group, WhyLeft &why) {
  size_t dimension = size_t(groups.vector);
  VectorSamples samples(dimension, size_t(groups.elements(group).count()) / dimension);
  std::vector<float> plane(static_cast<size_t>(groups.inner)), importance(static_cast<size_t>(groups.inner));
  if (weight.importance)
    samples.weights.assign(samples.count(), 0);
  std::vector<std::vector<uint8_t>> mask(weight.mask ? dimension : 0, std::vector<uint8_t>(samples.count()));
  Kept::Mask readMask = weight.mask ? maskOf(*weight.mask) : nullptr;
  size_t at = 0;
  float greatest = 0;
  bool finite = true;
  for (int64_t outer = 0; outer < groups.outer; ++outer)
    for (int64_t first = 0; first < groups.size; first += groups.vector, at += plane.size())
      for (size_t d = 0; d < dimension; ++d) {
        int64_t from = ((outer * groups.channels + group * groups.size + first) + int64_t(d)) * groups.inner;
        if (!weight.values->read(from, plane) || (weight.importance && !weight.importance->read(from, importance)) ||
            (readMask && !readMask(from, llvm::MutableArrayRef(mask[d]).slice(at, plane.size())))) {
          why = WhyLeft::Unreadable;
          return std::nullopt;
        }
        std::copy(plane.begin(), plane.end(), samples.component(d).begin() + ptrdiff_t(at));
        for (float value : plane) {
          finite &= std::isfinite(value);
          greatest = std::max(greatest, std::fabs(value));
        }
        for (size_t i = 0; i < plane.size() && weight.importance; ++i)
          samples.weights[at + i] += std::max(importance[i], 1e-12f) / float(dimension);
      }
  // Distances are squares.
  bool hasSquares = greatest == 0 || (greatest > 0x1p-50f && greatest < 0x1p60f);
  if (!finite || !hasSquares) {
    why = finite ? WhyLeft::TooWide : WhyLeft::NotFinite;
    return std::nullopt;
  }
  if (!weight.mask)
    return samples;
  std::optional<VectorSamples> kept = keptVectors(samples, mask);
  why = kept ? why : WhyLeft::SplitVectors;
  return kept;
}

} // namespace

bool mil::scalesTables(const WeightView &weight, Opset opset) {
  return opset < Opset::IOS26 || weight.mask || isInteger(weight.values->dtype());
}

std::optional<Groups> mil::groupsOf(const WeightView &weight, const PalettizeScheme &scheme, Opset opset, WhyLeft &why) {
  llvm::ArrayRef<int64_t> dims = weight.values->dims();
  bool everyChannel = scheme.perChannelScale && scalesTables(weight, opset);
  std::optional<size_t> axis = weight.outputs;
  if (scheme.channelAxis && !everyChannel) {
    int64_t given = *scheme.channelAxis + (*scheme.channelAxis < 0 ? int64_t(dims.size()) : 0);
    axis = given >= 0 && given < int64_t(dims.size()) ? std::optional(size_t(given)) : std::nullopt;
  }
  bool needsAxis = scheme.groupSize || scheme.vector > 1 || everyChannel;
  if (needsAxis && !axis) {
    why = scheme.channelAxis && !everyChannel ? WhyLeft::NoAxis : WhyLeft::NoChannels;
    return std::nullopt;
  }
  Groups groups;
  groups.axis = needsAxis ? *axis : 0;
  for (size_t i = 0; i < dims.size(); ++i)
    (i < groups.axis ? groups.outer : i == groups.axis ? groups.channels : groups.inner) *= dims[i];
  groups.size = everyChannel ? 1 : scheme.groupSize ? scheme.groupSize : groups.channels;
  groups.vector = scheme.vector;
  bool divides = groups.channels % groups.size == 0 && groups.size % groups.vector == 0;
  if (scheme.vector > 1 && groups.axis == 0)
    divides = divides && groups.channels % weight.groups == 0 && groups.channels / weight.groups % groups.vector == 0;
  if (!divides) {
    why = WhyLeft::Indivisible;
    return std::nullopt;
  }
  return groups;
}

// ---- Uniform

std::optional<Palette> mil::uniformPalette(const WeightView &weight, const Groups &groups, unsigned bits, WhyLeft &why) {
  std::optional<std::vector<Range>> ranges = rangesOf(*weight.values, blocksOf(weight, groups), why);
  if (!ranges)
    return std::nullopt;
  DType type = weight.values->dtype();
  double last = std::ldexp(1.0, int(bits)) - 1;
  Palette palette{bits, {}, {}};
  std::vector<float> widths;
  for (const Range &range : *ranges) {
    float width = roundedTo(type, double(range.greatest) - double(range.least));
    if (!std::isfinite(width)) {
      why = WhyLeft::TooWide;
      return std::nullopt;
    }
    widths.push_back(width);
    for (double i = 0; i <= last; ++i)
      palette.tables.push_back(roundedTo(type, i * (double(width) / last) + double(range.least)));
  }
  auto index = [last = float(last), ranges = std::move(*ranges),
                widths = std::move(widths)](auto round, llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out) {
    float least = ranges[size_t(group)].least, width = widths[size_t(group)];
    if (width == 0)
      return std::fill(out.begin(), out.end(), uint8_t(0));
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = uint8_t(int32_t(nearestInteger(round(round(round(values[i] - least) / width) * last))));
  };
  if (type == DType::Float16)
    palette.indices = [index](llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out) {
      index(roundedToHalf, values, group, out);
    };
  else
    palette.indices = [index](llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out) {
      index([](float value) { return value; }, values, group, out);
    };
  return palette;
}

// ---- Unique

namespace {

using Vector = llvm::SmallVector<float, 4>;
/// By value, then by sign, so that -0 is before 0 and another one.
bool isBefore(float a, float b) { return a != b ? a < b : std::signbit(a) && !std::signbit(b); }
bool isBeforeVector(const Vector &a, const Vector &b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), isBefore);
}
bool isSame(const Vector &a, const Vector &b) { return !isBeforeVector(a, b) && !isBeforeVector(b, a); }

constexpr size_t mostValues = 256;

/// Adds to sorted vectors; false when there are too many.
bool insert(std::vector<Vector> &found, const Vector &value) {
  auto place = llvm::lower_bound(found, value, isBeforeVector);
  if (place != found.end() && isSame(*place, value))
    return true;
  if (found.size() == mostValues)
    return false;
  found.insert(place, value);
  return true;
}

WhyLeft differentValues(const WeightView &weight, const Groups &groups, int64_t group, std::vector<Vector> &found) {
  bool fits = true, finite = true;
  if (groups.vector == 1) {
    float last = NAN; // what was seen last is seen again mostly
    bool read = forWindows(weight, groups.elements(group), [&](llvm::ArrayRef<float> values, llvm::ArrayRef<float>) {
      for (float value : values) {
        if (!fits || std::bit_cast<uint32_t>(value) == std::bit_cast<uint32_t>(last))
          continue;
        last = value;
        finite &= std::isfinite(value);
        fits = insert(found, Vector{value});
      }
    });
    return !read ? WhyLeft::Unreadable : !finite ? WhyLeft::NotFinite : fits ? WhyLeft::None : WhyLeft::TooManyValues;
  }
  WhyLeft why = WhyLeft::None;
  std::optional<VectorSamples> samples = vectorsOf(weight, groups, group, why);
  for (size_t i = 0; samples && i < samples->count() && fits; ++i) {
    Vector value;
    for (size_t d = 0; d < samples->dimension(); ++d)
      value.push_back(samples->component(d)[i]);
    fits = insert(found, value);
  }
  return why == WhyLeft::None && !fits ? WhyLeft::TooManyValues : why;
}

} // namespace

std::optional<Palette> mil::uniquePalette(const WeightView &weight, const Groups &groups, bool threeBits, WhyLeft &why) {
  auto values = std::make_shared<std::vector<std::vector<Vector>>>(size_t(groups.count()));
  if (!forGroups(groups, why, [&](int64_t group) { return differentValues(weight, groups, group, (*values)[size_t(group)]); }))
    return std::nullopt;
  size_t most = 0;
  for (const std::vector<Vector> &each : *values)
    most = std::max(most, each.size());
  Palette palette;
  for (unsigned bits : {8, 6, 4, 3, 2, 1})
    if (most <= size_t(1) << bits && (bits != 3 || threeBits))
      palette.bits = bits;
  size_t dimension = size_t(groups.vector);
  for (const std::vector<Vector> &each : *values) {
    for (const Vector &value : each)
      palette.tables.insert(palette.tables.end(), value.begin(), value.end());
    palette.tables.resize(palette.tables.size() + ((size_t(1) << palette.bits) - each.size()) * dimension);
  }
  palette.indices = [values, dimension](llvm::ArrayRef<float> elements, int64_t group, llvm::MutableArrayRef<uint8_t> out) {
    const std::vector<Vector> &table = (*values)[size_t(group)];
    for (size_t i = 0; i < out.size(); ++i) {
      Vector value;
      for (size_t d = 0; d < dimension; ++d)
        value.push_back(elements[d * out.size() + i]);
      // Only elements that a mask drops are missing from the table.
      size_t place = size_t(llvm::lower_bound(table, value, isBeforeVector) - table.begin());
      out[i] = uint8_t(std::min(place, std::max<size_t>(table.size(), 1) - 1));
    }
  };
  return palette;
}

// ---- k-means

namespace {

/// Where the entries of a table end: element x gets the entry whose number is how many borders are not above x.
struct Borders {
  std::vector<float> values; ///< `each` a group, ascending; infinite where there are fewer entries
  size_t each;
  std::vector<uint8_t> ofHalfs; ///< of one group of fp16: the entry of each number by its bits

  void operator()(llvm::ArrayRef<float> elements, int64_t group, llvm::MutableArrayRef<uint8_t> out) const {
    if (!ofHalfs.empty()) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = ofHalfs[bitsOfHalf(elements[i])];
      return;
    }
    const float *borders = values.data() + size_t(group) * each;
    if (each <= 15) {
      std::fill(out.begin(), out.end(), uint8_t(0));
      for (size_t border = 0; border < each; ++border)
        for (size_t i = 0; i < out.size(); ++i)
          out[i] += uint8_t(elements[i] >= borders[border]);
      return;
    }
    for (size_t i = 0; i < out.size(); ++i) {
      size_t at = 0;
      for (size_t step = (each + 1) / 2; step; step /= 2)
        at += borders[at + step - 1] <= elements[i] ? step : 0;
      out[i] = uint8_t(at);
    }
  }
};

/// How many evaluations of errors a weight may take; see Clustering.h.
uint64_t budgetOf(const WeightView &weight, const Groups &groups, bool exact) {
  if (exact)
    return UINT64_MAX;
  return std::max<uint64_t>(3 << 27, uint64_t(weight.values->count()) * 16) / uint64_t(groups.count());
}

std::optional<Palette> kmeansOfNumbers(const WeightView &weight, const Groups &groups, const PalettizeScheme &scheme, WhyLeft &why) {
  size_t most = size_t(1) << scheme.bits;
  DType type = weight.values->dtype();
  auto borders = std::make_shared<Borders>();
  borders->each = most - 1;
  borders->values.assign(size_t(groups.count()) * borders->each, HUGE_VALF);
  Palette palette{scheme.bits, std::vector<float>(size_t(groups.count()) * most), {}};
  uint64_t budget = budgetOf(weight, groups, scheme.exact);
  bool made = forGroups(groups, why, [&](int64_t group) {
    WhyLeft left = WhyLeft::None;
    std::optional<Histogram> histogram = histogramOf(weight, groups.elements(group), scheme.exact, left);
    if (!histogram)
      return left;
    Clusters clusters = cluster(histogram->points, most, budget);
    for (size_t i = 0; i < clusters.means.size(); ++i) {
      palette.tables[size_t(group) * most + i] = roundedTo(type, clusters.means[i]);
      if (i == 0)
        continue;
      double border = histogram->isBinned ? (clusters.means[i - 1] + clusters.means[i]) / 2 : histogram->points.value(clusters.starts[i]);
      borders->values[size_t(group) * borders->each + i - 1] = float(border);
    }
    return left;
  });
  if (!made)
    return std::nullopt;
  constexpr int64_t worthATable = 1 << 18;
  if (groups.count() == 1 && type == DType::Float16 && weight.values->count() >= worthATable) {
    std::vector<float> all(1 << 16);
    std::vector<uint8_t> entries(all.size());
    for (size_t bits = 0; bits < all.size(); ++bits)
      all[bits] = floatOfHalf(uint16_t(bits));
    (*borders)(all, 0, entries);
    borders->ofHalfs = std::move(entries);
  }
  palette.indices = [borders](llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out) {
    (*borders)(values, group, out);
  };
  return palette;
}

std::optional<Palette> kmeansOfVectors(const WeightView &weight, const Groups &groups, const PalettizeScheme &scheme, WhyLeft &why) {
  size_t most = size_t(1) << scheme.bits, dimension = size_t(groups.vector);
  auto tables = std::make_shared<std::vector<VectorClusters>>(size_t(groups.count()));
  DType type = weight.values->dtype();
  Palette palette{scheme.bits, std::vector<float>(size_t(groups.count()) * most * dimension), {}};
  bool made = forGroups(groups, why, [&](int64_t group) {
    WhyLeft left = WhyLeft::None;
    std::optional<VectorSamples> samples = vectorsOf(weight, groups, group, left);
    if (!samples)
      return left;
    VectorClusters &clusters = (*tables)[size_t(group)];
    clusters = clusterVectors(*samples, most);
    for (float &value : clusters.centres)
      value = roundedTo(type, double(value));
    std::copy(clusters.centres.begin(), clusters.centres.end(), palette.tables.begin() + group * int64_t(most * dimension));
    return left;
  });
  if (!made)
    return std::nullopt;
  palette.indices = [tables, dimension](llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<const float *> components;
    for (size_t d = 0; d < dimension; ++d)
      components.push_back(values.data() + d * out.size());
    nearestCentres(components, out.size(), (*tables)[size_t(group)], out);
  };
  return palette;
}

} // namespace

std::optional<Palette> mil::kmeansPalette(const WeightView &weight, const Groups &groups, const PalettizeScheme &scheme, WhyLeft &why) {
  return groups.vector > 1 ? kmeansOfVectors(weight, groups, scheme, why) : kmeansOfNumbers(weight, groups, scheme, why);
}
