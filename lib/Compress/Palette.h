// Palette: tables of a weight, one a group of channels, and which entry each element gets.
#pragma once

#include "Histogram.h"
#include "mil/Compress/VectorClustering.h"

namespace mil {

/// How a weight is cut into groups: along one dimension, as outer x channels x inner.
struct Groups {
  size_t axis = 0;
  int64_t outer = 1, channels = 1, inner = 1; ///< the weight's dimensions, those before and behind the axis joined
  int64_t size = 1;                           ///< channels in a group
  int64_t vector = 1;                         ///< channels that one index represents
  int64_t count() const { return channels / size; }
  Elements elements(int64_t group) const { return {group * size * inner, outer, size * inner, channels * inner}; }
};

/// Whether scales of channels are a part of the tables: each channel has one of its own then, which may as well be the best there is.
/// Before iOS26, of pruned weights, and of integers, which have scales already.
bool scalesTables(const WeightView &weight, Opset opset);

/// The dimensions of a weight cut so; nullopt when they don't divide.
std::optional<Groups> groupsOf(const WeightView &weight, const PalettizeScheme &scheme, Opset opset, WhyLeft &why);

struct Palette {
  unsigned bits = 0;
  /// One table a group, each of 2^bits entries of `vector` numbers.
  std::vector<float> tables;
  /// Fills in the indices of values that are in one group. Of vectors: `values` has the first components, then the second ones, ….
  std::function<void(llvm::ArrayRef<float> values, int64_t group, llvm::MutableArrayRef<uint8_t> out)> indices;
};

std::optional<Palette> uniformPalette(const WeightView &weight, const Groups &groups, unsigned bits, WhyLeft &why);
std::optional<Palette> uniquePalette(const WeightView &weight, const Groups &groups, bool threeBits, WhyLeft &why);
std::optional<Palette> kmeansPalette(const WeightView &weight, const Groups &groups, const PalettizeScheme &scheme, WhyLeft &why);

} // namespace mil
