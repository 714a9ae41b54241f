// Histogram: the distinct values of some elements of a weight, as points to cluster.
#pragma once

#include "mil/Compress/Clustering.h"
#include "mil/Compress/CompressedWeight.h"

namespace mil {

/// A selection of elements of a weight: `rows` runs of `length` elements, `stride` apart, starting at `first`.
struct Elements {
  int64_t first = 0, rows = 1, length = 0, stride = 0;
  int64_t count() const { return rows * length; }
};

/// Calls visit(values, importance) for windows of the selected elements, in order; the importance may be empty, and elements that the mask
/// removes are skipped. False if they can't be read.
bool forWindows(const WeightView &weight, const Elements &elements,
                llvm::function_ref<void(llvm::ArrayRef<float>, llvm::ArrayRef<float>)> visit);

/// Counts the elements of an fp16 weight in a run by their bits, with several threads, and adds the numbers to 65,536 `counts`. False if
/// the elements can't be read.
bool countHalfs(const WeightValues &weight, int64_t from, int64_t count, std::vector<uint64_t> &counts);

/// The points of the selected elements: the distinct values of fp16 and integers, and of fp32 if they are not too many; else bins that are
/// fine enough everywhere for `clusters` optimal clusters. -0 counts as 0. nullopt if an element is not finite or can't be read.
struct Histogram {
  Points points;
  bool isBinned = false;
};
std::optional<Histogram> histogramOf(const WeightView &weight, const Elements &elements, bool exact, WhyLeft &why);

} // namespace mil
