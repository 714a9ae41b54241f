// Looking at values: what a tensor holds in a few numbers, and a list of that for every value of a run.
#pragma once

#include "mil/Run/Executable.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

struct ValueStatistics {
  uint64_t count = 0, nan = 0, infinite = 0;
  uint64_t beyondHalf = 0;           ///< finite, but more than fp16 holds: |x| > 65504
  double min = 0, max = 0, mean = 0; ///< of the finite ones
};
ValueStatistics statisticsOf(const Tensor &tensor);

/// Keeps the statistics of values, and on demand the values themselves, under their names. In a loop, the last iteration counts, but NaN
/// and infinities of all.
class ValueWatch : public RunObserver {
public:
  struct Seen {
    const Operation *op;
    std::string name;
    Type type;
    ValueStatistics statistics;
    std::optional<Tensor> value;
  };
  /// Values of these names; all if empty.
  explicit ValueWatch(std::vector<std::string> names = {}, bool keepValues = false);
  bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override;
  /// In the order in which they were made first.
  llvm::ArrayRef<Seen> seen() const { return values; }
  /// The first operation that gave NaN or infinity; null for none.
  const Operation *firstBad() const { return bad; }

private:
  llvm::StringSet<> names;
  bool keepValues;
  std::vector<Seen> values;
  llvm::DenseMap<const Value *, size_t> places;
  const Operation *bad = nullptr;
};

} // namespace mil
