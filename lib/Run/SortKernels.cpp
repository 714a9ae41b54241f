// argsort and topk: of each row, numbers whose order is that of the elements, and among equal elements that of their indices.
#include "Chain.h"
#include "FastKernels.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace mil::fast {

namespace {

/// The elements along an axis.
struct Axis {
  int64_t outer, size, inner;
  Axis(llvm::ArrayRef<int64_t> dims, size_t axis)
      : outer(productOf(dims.take_front(axis))), size(dims[axis]), inner(productOf(dims.drop_front(axis + 1))) {}
  int64_t rows() const { return outer * inner; }
  /// Of a row, the place of its first element in a tensor with `size` elements along the axis.
  int64_t begin(int64_t row, int64_t size) const { return row / inner * size * inner + row % inner; }
};

/// Numbers without sign in the order of the elements; NaN is the last one in either direction, zeros are equal.
uint32_t keyOf(float x, bool ascending) {
  if (std::isnan(x))
    return UINT32_MAX;
  uint32_t bits = std::bit_cast<uint32_t>(x + 0.f), key = bits & 0x80000000 ? ~bits : bits | 0x80000000;
  return ascending ? key : ~key;
}
uint32_t keyOf(Half x, bool ascending) { return keyOf(toFloat(x), ascending); }
uint32_t keyOf(int32_t x, bool ascending) { return ascending ? uint32_t(x) ^ 0x80000000 : ~(uint32_t(x) ^ 0x80000000); }

/// The first `kept` of each row in order: their indices, the values themselves, or both.
template <typename E> class Sort : public Kernel {
public:
  struct Results {
    int values, indices; ///< numbers of the results, -1: none
  };
  Sort(const Axis &axis, int64_t kept, bool ascending, Results results) : axis(axis), kept(kept), ascending(ascending), results(results) {}

  bool run(const Run &run) override {
    auto *x = reinterpret_cast<const E *>(run.inputs[0]->bytes().data());
    auto *values = results.values < 0 ? nullptr : reinterpret_cast<E *>(run.results[size_t(results.values)].bytes().data());
    auto *indices = results.indices < 0 ? nullptr : reinterpret_cast<int32_t *>(run.results[size_t(results.indices)].bytes().data());
    constexpr int64_t partElements = 1 << 14;
    int64_t together = std::max<int64_t>(1, partElements / axis.size);
    run.threads.parallel(size_t((axis.rows() + together - 1) / together), [&](size_t part) {
      std::vector<uint64_t> keys(size_t(axis.size));
      for (int64_t row = int64_t(part) * together; row < std::min(axis.rows(), (int64_t(part) + 1) * together); ++row) {
        const E *from = x + axis.begin(row, axis.size);
        for (int64_t i = 0; i < axis.size; ++i)
          keys[size_t(i)] = uint64_t(keyOf(from[i * axis.inner], ascending)) << 32 | uint64_t(i);
        if (kept < axis.size / 8)
          std::partial_sort(keys.begin(), keys.begin() + kept, keys.end());
        else
          std::sort(keys.begin(), keys.end());
        for (int64_t i = 0, to = axis.begin(row, kept); i < kept; ++i, to += axis.inner) {
          auto index = int32_t(keys[size_t(i)]);
          if (values)
            values[to] = from[index * axis.inner];
          if (indices)
            indices[to] = index;
        }
      }
    });
    return true;
  }

private:
  Axis axis;
  int64_t kept;
  bool ascending;
  Results results;
};

template <typename E> std::unique_ptr<Kernel> makeSort(const KernelCall &call, const Axis &axis, int64_t kept) {
  bool ascending = call.args->flag("ascending");
  if (call.op->is("argsort"))
    return std::make_unique<Sort<E>>(axis, kept, ascending, typename Sort<E>::Results{-1, 0});
  return std::make_unique<Sort<E>>(axis, kept, ascending, typename Sort<E>::Results{0, call.results.size() > 1 ? 1 : -1});
}

} // namespace

KernelChoice chooseSort(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  llvm::ArrayRef<int64_t> dims = (*call.args)["x"].dims();
  std::optional<int64_t> at = call.args->axis("axis", dims.size());
  KernelChoice choice;
  DType type = call.held("x"), indices = call.heldResult(call.results.size() - 1);
  bool isTopk = call.op->is("topk");
  if (!at || (isTopk && call.heldResult() != type) || ((!isTopk || call.results.size() > 1) && indices != DType::Int32) ||
      dims[size_t(*at)] > INT32_MAX)
    return choice;
  Axis axis(dims, size_t(*at));
  int64_t kept = call.results[0].dims()[size_t(*at)];
  if (type == DType::Float32)
    choice.kernel = makeSort<float>(call, axis, kept);
  else if (type == DType::Float16)
    choice.kernel = makeSort<Half>(call, axis, kept);
  else if (type == DType::Int32)
    choice.kernel = makeSort<int32_t>(call, axis, kept);
  choice.inputs = {{0, "x"}};
  return choice;
}

} // namespace mil::fast
