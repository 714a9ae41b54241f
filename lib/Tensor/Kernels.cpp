#include "mil/Tensor/Kernels.h"
#include "mil/Tensor/ElementSize.h"
#include <cstring>
#include <numeric>

using namespace mil;

Tensor::Dims mil::rowMajorStrides(llvm::ArrayRef<int64_t> dims) {
  Tensor::Dims strides(dims.size(), 0);
  if (llvm::is_contained(dims, 0)) // nothing to walk over, and sizes that may overflow
    return strides;
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

/// Calls visit(row number, offset) for every row along the last dimension of `dims`, in order. A scalar is one row of one element.
template <typename F> static void forEachRow(llvm::ArrayRef<int64_t> dims, int64_t offset, llvm::ArrayRef<int64_t> strides, F visit) {
  if (llvm::is_contained(dims, 0))
    return;
  llvm::ArrayRef<int64_t> outer = dims.empty() ? dims : dims.drop_back();
  Tensor::Dims index(outer.size(), 0);
  for (int64_t row = 0;; ++row) {
    visit(row, offset);
    size_t i = outer.size();
    while (i > 0 && ++index[i - 1] == outer[i - 1]) {
      offset -= strides[i - 1] * (outer[i - 1] - 1);
      index[--i] = 0;
    }
    if (i == 0)
      return;
    offset += strides[i - 1];
  }
}

template <typename E>
static void copyRows(const uint8_t *from, uint8_t *to, llvm::ArrayRef<int64_t> dims, int64_t offset, llvm::ArrayRef<int64_t> strides,
                     bool scatter) {
  int64_t length = dims.empty() ? 1 : dims.back(), step = dims.empty() ? 1 : strides.back();
  forEachRow(dims, offset, strides, [&](int64_t row, int64_t start) {
    auto *dense = (scatter ? reinterpret_cast<const E *>(from) : reinterpret_cast<const E *>(to)) + row * length;
    auto *spread = (scatter ? reinterpret_cast<const E *>(to) : reinterpret_cast<const E *>(from)) + start;
    auto *target = const_cast<E *>(scatter ? spread : dense);
    const E *source = scatter ? dense : spread;
    int64_t targetStep = scatter ? step : 1, sourceStep = scatter ? 1 : step;
    if (step == 1)
      std::memcpy(target, source, size_t(length) * sizeof(E));
    else if (step == 0 && !scatter)
      std::fill_n(target, length, *source);
    else
      for (int64_t i = 0; i < length; ++i)
        target[i * targetStep] = source[i * sourceStep];
  });
}

/// The dimension that is to be read along with the last one, in tiles, because its elements are neighbours in the source and those of the
/// last one are not; nullopt if there is none.
static std::optional<size_t> tiledDimension(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> strides) {
  constexpr int64_t least = 4;
  if (dims.size() < 2 || std::abs(strides.back()) <= 1 || dims.back() < least || llvm::is_contained(dims, 0))
    return std::nullopt;
  for (size_t i = 0; i + 1 < dims.size(); ++i)
    if (strides[i] == 1 && dims[i] >= least)
      return i;
  return std::nullopt;
}

/// Copies as copyRows does, in tiles of `across` and the last dimension that stay in the first cache.
template <typename E>
static void copyTiles(const E *from, E *to, llvm::ArrayRef<int64_t> dims, int64_t offset, llvm::ArrayRef<int64_t> strides, size_t across) {
  constexpr int64_t tile = 32;
  Tensor::Dims targets = rowMajorStrides(dims), outer(dims.drop_back());
  outer[across] = 1;
  int64_t height = dims[across], width = dims.back(), step = strides.back(), line = targets[across];
  for (int64_t n = 0, count = std::accumulate(outer.begin(), outer.end(), int64_t(1), std::multiplies<int64_t>()); n < count; ++n) {
    const E *source = from + offset;
    E *target = to;
    int64_t rest = n;
    for (size_t i = outer.size(); i-- > 0; rest /= outer[i]) {
      source += rest % outer[i] * strides[i];
      target += rest % outer[i] * targets[i];
    }
    for (int64_t top = 0; top < height; top += tile)
      for (int64_t left = 0; left < width; left += tile)
        for (int64_t i = top; i < std::min(height, top + tile); ++i)
          for (int64_t k = left; k < std::min(width, left + tile); ++k)
            target[i * line + k] = source[i + k * step];
  }
}

static void copyElements(unsigned size, const uint8_t *from, uint8_t *to, llvm::ArrayRef<int64_t> dims, int64_t offset,
                         llvm::ArrayRef<int64_t> strides, bool scatter) {
  std::optional<size_t> across = scatter ? std::nullopt : tiledDimension(dims, strides);
  withElementOfSize(size, [&](auto element) {
    using E = decltype(element);
    if (across)
      copyTiles(reinterpret_cast<const E *>(from), reinterpret_cast<E *>(to), dims, offset, strides, *across);
    else
      copyRows<E>(from, to, dims, offset, strides, scatter);
  });
}

/// A tensor of x's type whose elements are all still to be written.
static Tensor allocated(const Tensor &x, llvm::ArrayRef<int64_t> dims) {
  int64_t count = llvm::is_contained(dims, 0) ? 0 : std::accumulate(dims.begin(), dims.end(), int64_t(1), std::multiplies<int64_t>());
  auto memory = std::make_shared_for_overwrite<uint8_t[]>(size_t(count) * x.elementSize());
  uint8_t *start = memory.get();
  return Tensor::in(x.dtype(), dims, std::shared_ptr<uint8_t>(std::move(memory), start)); // an array's pointer doesn't convert by itself
}

Tensor mil::strided(const Tensor &x, int64_t offset, llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> dims) {
  Tensor result = allocated(x, dims);
  copyElements(x.elementSize(), x.bytes().data(), result.bytes().data(), dims, offset, strides, false);
  return result;
}

void mil::placeStrided(Tensor &into, int64_t offset, llvm::ArrayRef<int64_t> strides, const Tensor &part) {
  assert(into.dtype() == part.dtype());
  copyElements(into.elementSize(), part.bytes().data(), into.bytes().data(), part.dims(), offset, strides, true);
}

Tensor mil::expandTo(const Tensor &x, llvm::ArrayRef<int64_t> dims) {
  if (x.dims() == dims)
    return x;
  Tensor::Dims own = rowMajorStrides(x.dims()), strides(dims.size(), 0);
  size_t shift = dims.size() - x.rank();
  for (size_t i = 0; i < x.rank(); ++i)
    if (x.dims()[i] != 1)
      strides[shift + i] = own[i];
  return strided(x, 0, strides, dims);
}

Tensor mil::permute(const Tensor &x, llvm::ArrayRef<int64_t> perm) {
  Tensor::Dims own = rowMajorStrides(x.dims()), strides, dims;
  for (int64_t axis : perm) {
    strides.push_back(own[size_t(axis)]);
    dims.push_back(x.dims()[size_t(axis)]);
  }
  return strided(x, 0, strides, dims);
}

Tensor mil::convert(const Tensor &x, DType type) {
  return x.dtype() == type ? x : map(x, type, [](auto value) { return value; });
}

/// The dimensions not in `axes`, then those in it.
static Tensor::Dims axesLast(size_t rank, llvm::ArrayRef<int64_t> axes) {
  Tensor::Dims perm;
  for (size_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(axes, int64_t(i)))
      perm.push_back(int64_t(i));
  perm.append(axes.begin(), axes.end());
  return perm;
}

static bool isInOrder(llvm::ArrayRef<int64_t> perm) { return llvm::is_sorted(perm); }

Tensor kernels::rowsOf(const Tensor &x, llvm::ArrayRef<int64_t> axes) {
  int64_t length = 1;
  for (int64_t axis : axes)
    length *= x.dims()[size_t(axis)];
  int64_t rows = 1;
  for (size_t i = 0; i < x.rank(); ++i)
    if (!llvm::is_contained(axes, int64_t(i)))
      rows *= x.dims()[i];
  Tensor::Dims perm = axesLast(x.rank(), axes);
  return (isInOrder(perm) ? x : permute(x, perm)).withDims({rows, length});
}

Tensor kernels::fromRows(const Tensor &rows, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> axes) {
  Tensor::Dims perm = axesLast(dims.size(), axes), moved, back(dims.size());
  if (isInOrder(perm))
    return rows.withDims(dims);
  for (size_t i = 0; i < perm.size(); ++i) {
    moved.push_back(dims[size_t(perm[i])]);
    back[size_t(perm[i])] = int64_t(i);
  }
  return permute(rows.withDims(moved), back);
}
