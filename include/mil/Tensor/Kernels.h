// Kernels for constant folding and for the interpreter.
//
//   Tensor squares = map(x, [](auto v) { return v * v; });
//   Tensor sums = mapPairs(x, y, dims, x.dtype(), [](auto a, auto b) { return a + b; });
//
// There are two kinds. Kernels that compute are templates over a function of one element, two elements or a row. The function is called
// with doubles for floats and int64 for integers and bool, and its results are rounded once to the result type. Kernels that only move
// elements work on any type.
//
// The loops of kernels that compute may be divided among threads (Loops.h): the function must allow calls from several threads at a time.
//
// Kernels don't check their arguments: shapes were checked by the type rule of the operation, and sizes by the limit for folding.
#pragma once

#include "mil/Tensor/Loops.h"
#include "mil/Tensor/Tensor.h"
#include <algorithm>
#include <array>

namespace mil {

// ---- Moving elements --------------------------------------------------------

/// Row-major strides of a shape, in elements.
Tensor::Dims rowMajorStrides(llvm::ArrayRef<int64_t> dims);
/// The tensor of shape `dims` whose element at index i is element number offset + sum(i · strides) of x. This covers slices, transposes,
/// reversals (negative strides) and broadcasts (stride 0).
Tensor strided(const Tensor &x, int64_t offset, llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> dims);
/// The inverse: writes the element of `part` at index i to element number offset + sum(i · strides) of `into`.
void placeStrided(Tensor &into, int64_t offset, llvm::ArrayRef<int64_t> strides, const Tensor &part);
/// x broadcast to `dims`.
Tensor expandTo(const Tensor &x, llvm::ArrayRef<int64_t> dims);
/// Dimension i of the result is dimension perm[i] of x.
Tensor permute(const Tensor &x, llvm::ArrayRef<int64_t> perm);
/// The same values in another element type, converted as by Tensor::write; x itself if it has that type.
Tensor convert(const Tensor &x, DType type);

// ---- Choosing elements ------------------------------------------------------
// Indices must be checked by the caller: they are not negative and less than the size of their dimension.

/// The slices of x along `axis` at `indices`, in the shape `dims`. With batch dimensions, the first `batchDims` dimensions of x and of the
/// indices are the same, and each batch of x is read at its own indices; batchDims <= axis.
Tensor gather(const Tensor &x, llvm::ArrayRef<int64_t> indices, size_t axis, size_t batchDims, llvm::ArrayRef<int64_t> dims);
/// The slices of x along `axis` at `indices`, in their order.
Tensor take(const Tensor &x, size_t axis, llvm::ArrayRef<int64_t> indices);
/// Gathers element by element: the result has the shape `dims` of the indices, and its element at index i is the element of x at the same
/// index, except that the index along `axis` is the one given by `indices`.
Tensor gatherAlong(const Tensor &x, llvm::ArrayRef<int64_t> indices, size_t axis, llvm::ArrayRef<int64_t> dims);
/// The operation by which an update changes an element.
enum class ScatterMode : uint8_t { Add, Sub, Mul, Div, Max, Min, Update };
/// The inverse of gatherAlong: `data` with the elements that the indices select changed by `updates`, in order. If an element is updated
/// several times, each update changes the result of the previous one. For Div, no integer update may be 0.
Tensor scatterAlong(Tensor data, llvm::ArrayRef<int64_t> indices, const Tensor &updates, size_t axis, ScatterMode mode);
/// The int32 indices along `axis` that sort x. Equal elements keep their order, and NaNs are last.
Tensor sortedIndices(const Tensor &x, int64_t axis, bool ascending);

// ---- Computing --------------------------------------------------------------

namespace kernels {
inline constexpr int64_t chunk = 512;
template <typename V> using Widened = std::conditional_t<std::is_floating_point_v<V>, double, int64_t>;

/// Elements of a part of a loop: some 10 µs of the shortest functions.
inline constexpr int64_t together = 32 * chunk;

/// visit(first, size) for each chunk of `count` elements.
template <typename F> void forEachChunk(int64_t count, F visit) {
  forEachPart(size_t((count + together - 1) / together), [&](size_t part) {
    int64_t end = std::min(count, (int64_t(part) + 1) * together);
    for (int64_t i = int64_t(part) * together; i < end; i += chunk)
      visit(i, size_t(std::min(chunk, end - i)));
  });
}
/// visit(row, buffer) for each of `rows` rows of `length` elements; the buffer has the length of a row.
template <typename In, typename F> void forEachRow(int64_t rows, int64_t length, F visit) {
  int64_t size = std::max<int64_t>(1, together / std::max<int64_t>(1, length));
  forEachPart(size_t((rows + size - 1) / size), [&](size_t part) {
    std::vector<In> buffer(static_cast<size_t>(length));
    for (int64_t row = int64_t(part) * size; row < std::min(rows, (int64_t(part) + 1) * size); ++row)
      visit(row, llvm::MutableArrayRef<In>(buffer));
  });
}

/// out = f(x), element by element, in chunks of the widened type.
template <typename In, typename F> void mapAs(const Tensor &x, Tensor &out, F &f) {
  forEachChunk(x.count(), [&](int64_t i, size_t n) {
    std::array<In, chunk> in;
    std::array<Widened<decltype(f(In()))>, chunk> computed;
    x.read(i, llvm::MutableArrayRef(in.data(), n));
    for (size_t k = 0; k < n; ++k)
      computed[k] = f(in[k]);
    out.write(i, llvm::ArrayRef(computed.data(), n));
  });
}
/// out = f(x, y), element by element; all have the same shape.
template <typename In, typename F> void zipAs(const Tensor &x, const Tensor &y, Tensor &out, F &f) {
  forEachChunk(x.count(), [&](int64_t i, size_t n) {
    std::array<In, chunk> left, right;
    std::array<Widened<decltype(f(In(), In()))>, chunk> computed;
    x.read(i, llvm::MutableArrayRef(left.data(), n));
    y.read(i, llvm::MutableArrayRef(right.data(), n));
    for (size_t k = 0; k < n; ++k)
      computed[k] = f(left[k], right[k]);
    out.write(i, llvm::ArrayRef(computed.data(), n));
  });
}
/// x with `axes` moved to the end, in the shape [rows, elements per row].
Tensor rowsOf(const Tensor &x, llvm::ArrayRef<int64_t> axes);
/// The inverse of rowsOf for a tensor of x's shape.
Tensor fromRows(const Tensor &rows, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> axes);

/// One element of `out` per row: f(row).
template <typename In, typename F> void reduceAs(const Tensor &rows, Tensor &out, F &f) {
  forEachRow<In>(rows.dim(0), rows.dim(1), [&](int64_t i, llvm::MutableArrayRef<In> row) {
    rows.read(i * rows.dim(1), row);
    Widened<decltype(f(llvm::ArrayRef<In>()))> value = f(llvm::ArrayRef<In>(row));
    out.write(i, llvm::ArrayRef(value));
  });
}
/// out = the rows after f(row), which changes a row in place.
template <typename In, typename F> void mapRowsAs(const Tensor &rows, Tensor &out, F &f) {
  forEachRow<In>(rows.dim(0), rows.dim(1), [&](int64_t i, llvm::MutableArrayRef<In> row) {
    rows.read(i * rows.dim(1), row);
    f(row);
    out.write(i * rows.dim(1), llvm::ArrayRef<In>(row));
  });
}
} // namespace kernels

/// Applies f to every element: f(double) for floats, f(int64_t) for integers and bool.
template <typename F> Tensor map(const Tensor &x, DType result, F f) {
  Tensor out(result, x.dims());
  x.isFloat() ? kernels::mapAs<double>(x, out, f) : kernels::mapAs<int64_t>(x, out, f);
  return out;
}
/// The same with the element type of x.
template <typename F> Tensor map(const Tensor &x, F f) { return map(x, x.dtype(), f); }

/// Applies f(x, y) to every pair of elements, both broadcast to `dims`. Computed in double if x is a float.
template <typename F> Tensor mapPairs(const Tensor &x, const Tensor &y, llvm::ArrayRef<int64_t> dims, DType result, F f) {
  Tensor out(result, dims);
  Tensor left = expandTo(x, dims), right = expandTo(y, dims);
  x.isFloat() ? kernels::zipAs<double>(left, right, out, f) : kernels::zipAs<int64_t>(left, right, out, f);
  return out;
}

/// Applies f to the elements along `axes`, as one row for each index of the other dimensions: f(ArrayRef<double>) or f(ArrayRef<int64_t>).
/// `dims` is the shape of the result.
template <typename F> Tensor reduce(const Tensor &x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> dims, DType result, F f) {
  Tensor rows = kernels::rowsOf(x, axes);
  Tensor out(result, dims);
  x.isFloat() ? kernels::reduceAs<double>(rows, out, f) : kernels::reduceAs<int64_t>(rows, out, f);
  return out;
}

/// Replaces every row along `axes` in place by f(MutableArrayRef<double>) or f(MutableArrayRef<int64_t>): softmax, cumsum, sorting. The
/// rows are then converted to the result type.
template <typename F> Tensor mapRows(const Tensor &x, llvm::ArrayRef<int64_t> axes, DType result, F f) {
  if (x.count() == 0) // there may be any number of empty rows
    return Tensor(result, x.dims());
  Tensor rows = kernels::rowsOf(x, axes);
  Tensor out(result, rows.dims());
  x.isFloat() ? kernels::mapRowsAs<double>(rows, out, f) : kernels::mapRowsAs<int64_t>(rows, out, f);
  return kernels::fromRows(out, x.dims(), axes);
}

// ---- Linear algebra ---------------------------------------------------------

/// The matrix products of x[…, M, K] and y[…, K, N], whose leading dimensions broadcast to those of `dims`, […, M, N]. Sums are computed in
/// double if x or y is a float, else in integers that wrap around.
Tensor matmul(const Tensor &x, const Tensor &y, llvm::ArrayRef<int64_t> dims, DType result);
/// Replaces every element v of a row by exp(v) / Σ exp(v). A row that only contains -inf gives NaN.
void softmaxRow(llvm::MutableArrayRef<double> row);

} // namespace mil
