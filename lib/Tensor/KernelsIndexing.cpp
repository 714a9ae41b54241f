#include "mil/Tensor/ElementSize.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Tensor/Scatter.h"
#include <cmath>
#include <cstring>
#include <numeric>

using namespace mil;

static int64_t productOf(llvm::ArrayRef<int64_t> dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t(1), std::multiplies<int64_t>());
}

Tensor mil::gather(const Tensor &x, llvm::ArrayRef<int64_t> indices, size_t axis, size_t batchDims, llvm::ArrayRef<int64_t> dims) {
  Tensor result(x.dtype(), dims);
  if (result.count() == 0)
    return result;
  llvm::ArrayRef<int64_t> from = x.dims();
  int64_t batches = productOf(from.take_front(batchDims)), between = productOf(from.slice(batchDims, axis - batchDims));
  int64_t size = from[axis], chosen = int64_t(indices.size()) / batches;
  size_t run = size_t(productOf(from.drop_front(axis + 1))) * x.elementSize();
  const uint8_t *source = x.bytes().data();
  uint8_t *target = result.bytes().data();
  auto copyRuns = [&](auto run) { // a constant where it is an element, which is copied by one instruction
    for (int64_t batch = 0; batch < batches; ++batch)
      for (int64_t i = 0; i < between; ++i, source += size_t(size) * run)
        for (int64_t k = 0; k < chosen; ++k, target += run)
          std::memcpy(target, source + size_t(indices[size_t(batch * chosen + k)]) * run, run);
  };
  if (run == 4)
    copyRuns(std::integral_constant<size_t, 4>());
  else if (run == 2)
    copyRuns(std::integral_constant<size_t, 2>());
  else
    copyRuns(run);
  return result;
}

Tensor mil::take(const Tensor &x, size_t axis, llvm::ArrayRef<int64_t> indices) {
  Tensor::Dims dims(x.dims());
  dims[axis] = int64_t(indices.size());
  return gather(x, indices, axis, 0, dims);
}

/// Calls visit(number of an index, number of the element that it chooses) for indices of shape `dims` along `axis` of a tensor that has
/// `size` elements there and else the same shape.
template <typename F>
static void forEachAlong(llvm::ArrayRef<int64_t> indices, llvm::ArrayRef<int64_t> dims, size_t axis, int64_t size, F visit) {
  if (indices.empty())
    return;
  int64_t outer = productOf(dims.take_front(axis)), inner = productOf(dims.drop_front(axis + 1));
  size_t next = 0;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t k = 0; k < dims[axis]; ++k)
      for (int64_t i = 0; i < inner; ++i, ++next)
        visit(next, size_t((o * size + indices[next]) * inner + i));
}

Tensor mil::gatherAlong(const Tensor &x, llvm::ArrayRef<int64_t> indices, size_t axis, llvm::ArrayRef<int64_t> dims) {
  Tensor result(x.dtype(), dims);
  withElementOfSize(x.elementSize(), [&](auto element) {
    using E = decltype(element);
    auto *source = reinterpret_cast<const E *>(x.bytes().data());
    auto *target = reinterpret_cast<E *>(result.bytes().data());
    forEachAlong(indices, dims, axis, x.dims()[axis], [&](size_t to, size_t from) { target[to] = source[from]; });
  });
  return result;
}

/// Calls visit with the function of an element and an update that a mode stands for.
template <typename V, typename F> static void withCombination(ScatterMode mode, F visit) {
  using Unsigned = std::conditional_t<std::is_integral_v<V>, uint64_t, V>; // integers wrap around
  switch (mode) {
  case ScatterMode::Add:
    return visit([](V old, V update) { return V(Unsigned(old) + Unsigned(update)); });
  case ScatterMode::Sub:
    return visit([](V old, V update) { return V(Unsigned(old) - Unsigned(update)); });
  case ScatterMode::Mul:
    return visit([](V old, V update) { return V(Unsigned(old) * Unsigned(update)); });
  case ScatterMode::Div:
    return visit([](V old, V update) { return V(old / update); });
  case ScatterMode::Max:
    return visit([](V old, V update) { return old > update || std::isnan(old) ? old : update; });
  case ScatterMode::Min:
    return visit([](V old, V update) { return old < update || std::isnan(old) ? old : update; });
  case ScatterMode::Update:
    return visit([](V, V update) { return update; });
  }
}

/// Calls change(widened elements of `into`, widened updates), and writes the elements back: sums of several updates are rounded once.
template <typename F> static void changeWidened(Tensor &into, const Tensor &updates, F change) {
  auto as = [&](auto zero) {
    std::vector<decltype(zero)> values(size_t(into.count())), news(size_t(updates.count()));
    into.read(0, values);
    updates.read(0, news);
    change(values, news);
    into.write(0, llvm::ArrayRef(values));
  };
  into.isFloat() ? as(double(0)) : as(int64_t(0));
}

Tensor mil::scatterAlong(Tensor data, llvm::ArrayRef<int64_t> indices, const Tensor &updates, size_t axis, ScatterMode mode) {
  changeWidened(data, updates, [&](auto &values, const auto &news) {
    withCombination<std::decay_t<decltype(values[0])>>(mode, [&](auto combine) {
      forEachAlong(indices, updates.dims(), axis, data.dims()[axis],
                   [&](size_t from, size_t to) { values[to] = combine(values[to], news[from]); });
    });
  });
  return data;
}

Tensor mil::scatterSlices(Tensor data, llvm::ArrayRef<int64_t> indices, const Tensor &updates, ScatterMode mode) {
  size_t size = size_t(data.dim(1));
  changeWidened(data, updates, [&](auto &values, const auto &news) {
    withCombination<std::decay_t<decltype(values[0])>>(mode, [&](auto combine) {
      for (size_t i = 0; i < indices.size(); ++i) {
        auto *to = values.data() + size_t(indices[i]) * size;
        auto *from = news.data() + i * size;
        for (size_t k = 0; k < size; ++k)
          to[k] = combine(to[k], from[k]);
      }
    });
  });
  return data;
}

template <typename V> static void sortRow(llvm::MutableArrayRef<V> row, bool ascending) {
  std::vector<uint32_t> order(row.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t i, uint32_t j) {
    bool first = std::isnan(row[i]), second = std::isnan(row[j]); // NaN comes last
    if (first != second)
      return second;
    if (first || row[i] == row[j])
      return i < j;
    return ascending ? row[i] < row[j] : row[i] > row[j];
  });
  std::copy(order.begin(), order.end(), row.begin());
}

Tensor mil::sortedIndices(const Tensor &x, int64_t axis, bool ascending) {
  return mapRows(x, axis, DType::Int32, [&](auto row) { sortRow(row, ascending); });
}
