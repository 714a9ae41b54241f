// Palette: the tables of a weight, one per group of channels, and the table entry of each element.
#pragma once

#include "Histogram.h"
#include "mil/Compress/VectorClustering.h"

namespace mil {

/// The division of a weight into groups along one dimension; the weight has the shape outer x channels x inner.
struct Groups {
  size_t axis = 0;
  int64_t outer = 1, channels = 1, inner = 1; ///< dimensions of the weight; those before and after the axis are joined
  int64_t size = 1;                           ///< channels in a group
  int64_t vector = 1;                         ///< channels that one index represents
  int64_t count() const { return channels / size; }
  Elements elements(int64_t group) const { return {group * size * inner, outer, size * inner, channels * inner}; }
};

/// Whether scales of channels are included in the tables; each channel then has its own table, which can also be the optimal one. This is
/// so before iOS26, for pruned weights, and for integers, which already have scales.
bool scalesTables(const WeightView &weight, Opset opset);

/// The groups of a weight; nullopt if its dimensions are not multiples of them.
std::optional<Groups> groupsOf(const WeightView &weight, const PalettizeScheme &scheme, Opset opset, WhyLeft &why);

struct Palette {
  unsigned bits = 0;
  /// One table per group, each with 2^bits entries of `vector` numbers.
  std::vector<float> tables;
  /// Computes the indices of values that are in one group. For vectors, `values` contains the first components, then the second components,
  /// and so on.
  std::function<void(llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out)> indices;
};

std::optional<Palette> uniformPalette(const WeightView &weight, const Groups &groups, unsigned bits, WhyLeft &why);
std::optional<Palette> uniquePalette(const WeightView &weight, const Groups &groups, bool threeBits, WhyLeft &why);
std::optional<Palette> kmeansPalette(const WeightView &weight, const Groups &groups, const PalettizeScheme &scheme, WhyLeft &why);

} // namespace mil
