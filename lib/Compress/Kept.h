// Kept: the elements that a mask keeps, in order, which can be read from any position.
#pragma once

#include "mil/Compress/WeightValues.h"
#include <atomic>

namespace mil {

class Kept {
public:
  /// Fills `out` with the mask of the elements starting at `from`: 1 for elements that are kept, 0 for others. May be called by several
  /// threads.
  using Mask = std::function<bool(int64_t from, llvm::MutableArrayRef<uint8_t> out)>;

  /// Counts the kept ones of `elements` elements; null if the mask can't be read.
  static std::shared_ptr<const Kept> of(int64_t elements, Mask mask) {
    auto kept = std::make_shared<Kept>();
    kept->elements = elements, kept->mask_ = std::move(mask);
    size_t tasks = size_t((elements + elementsATask - 1) / elementsATask);
    std::vector<int64_t> counts(tasks);
    std::atomic<bool> read = true;
    inParallel(tasks, [&](size_t task) {
      std::vector<uint8_t> bits;
      read = kept->maskOf(int64_t(task), bits) && read;
      counts[task] = std::count(bits.begin(), bits.end(), 1);
    });
    kept->before.push_back(0);
    for (int64_t each : counts)
      kept->before.push_back(kept->before.back() + each);
    return read ? kept : nullptr;
  }

  int64_t count() const { return before.back(); }
  const Mask &mask() const { return mask_; }

  /// Fills `out` with the kept elements, starting at the `from`-th kept one. `make(from, out)` computes elements by their number among all.
  template <typename T, typename F> bool gather(int64_t from, llvm::MutableArrayRef<T> out, F make) const {
    std::vector<uint8_t> bits;
    std::vector<T> all;
    size_t task = size_t(std::upper_bound(before.begin(), before.end(), from) - before.begin()) - 1;
    for (size_t done = 0; done < out.size(); ++task) {
      if (!maskOf(int64_t(task), bits))
        return false;
      all.resize(bits.size());
      if (!make(int64_t(task) * elementsATask, llvm::MutableArrayRef<T>(all)))
        return false;
      size_t i = 0;
      for (int64_t number = before[task]; number < from && i < bits.size(); ++i)
        number += bits[i];
      for (; i < bits.size() && done < out.size(); ++i) { // without a branch on the mask, which can't be predicted
        out[done] = all[i];
        done += bits[i];
      }
    }
    return true;
  }

private:
  bool maskOf(int64_t task, std::vector<uint8_t> &bits) const {
    int64_t from = task * elementsATask;
    bits.resize(size_t(std::min(elementsATask, elements - from)));
    return mask_(from, bits);
  }

  int64_t elements = 0;
  Mask mask_;
  std::vector<int64_t> before; ///< the number of kept elements before those of each task
};

} // namespace mil
