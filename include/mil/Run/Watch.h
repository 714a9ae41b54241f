// Statistics of the elements of a tensor, and of every value of a run.
//
//   ValueWatch watch;
//   Result<NamedValues> outputs = runner->run(inputs, states, diags, &watch);
//   for (const ValueWatch::Seen &value : watch.seen())
//     …
#pragma once

#include "mil/Run/Executable.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// Statistics of the elements of a tensor.
struct ValueStatistics {
  uint64_t count = 0, nan = 0, infinite = 0;
  uint64_t beyondHalf = 0;           ///< finite, but beyond the range of fp16: |x| > 65504
  double min = 0, max = 0, mean = 0; ///< of the finite ones
};
/// Computes the statistics of a tensor.
ValueStatistics statisticsOf(const Tensor &tensor);

/// Records the statistics of values by name, and optionally the values themselves. For loops, the last iteration counts, except that NaN
/// and infinities of all iterations are counted.
class ValueWatch : public RunObserver {
public:
  struct Seen {
    const Operation *op;
    std::string name;
    Type type;
    ValueStatistics statistics;
    std::optional<Tensor> value;
  };
  /// Watches the values with these names; all if empty.
  explicit ValueWatch(std::vector<std::string> names = {}, bool keepValues = false);
  bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override;
  /// In the order in which they were first computed.
  llvm::ArrayRef<Seen> seen() const { return values; }
  /// The first operation whose result has NaN or infinity; null if there is none.
  const Operation *firstBad() const { return bad; }

private:
  llvm::StringSet<> names;
  bool keepValues;
  std::vector<Seen> values;
  llvm::DenseMap<const Value *, size_t> places;
  const Operation *bad = nullptr;
};

} // namespace mil
