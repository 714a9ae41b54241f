// Histogram: the different values of some elements, as points to cluster.
#pragma once

#include "mil/Compress/Clustering.h"
#include "mil/Compress/CompressedWeight.h"

namespace mil {

/// Which elements of a weight: `rows` runs of `length` elements, `stride` apart, from `first` on.
struct Elements {
  int64_t first = 0, rows = 1, length = 0, stride = 0;
  int64_t count() const { return rows * length; }
};

/// Calls visit(values, importance or empty) for windows of some elements, in order; those that a mask drops are left out. False when they
/// can't be read.
bool forWindows(const WeightView &weight, const Elements &elements,
                llvm::function_ref<void(llvm::ArrayRef<float>, llvm::ArrayRef<float>)> visit);

/// Adds the counts of all bits of fp16 in a run of elements of such a weight to 65,536 `counts`, by several threads. False when they can't
/// be read.
bool countHalfs(const WeightValues &weight, int64_t from, int64_t count, std::vector<uint64_t> &counts);

/// The points of some elements: each different value of fp16 and integers, and of fp32 if there are not too many; else bins that
/// are everywhere as fine as `clusters` optimal clusters need. -0 counts as 0. nullopt if they are not finite or can't be read.
struct Histogram {
  Points points;
  bool isBinned = false;
};
std::optional<Histogram> histogramOf(const WeightView &weight, const Elements &elements, bool exact, WhyLeft &why);

} // namespace mil
