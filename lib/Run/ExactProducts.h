// Products of matrices in double, for Precision::Exact: blocked, vectorized, on all threads. The order of each sum only depends on the
// shapes.
//
//   TensorMatrix left(x, rowStride, 1), right(weight, 1, depth);
//   multiplyExactly({.rows = m, .columns = n, .depth = k, .left = &left, .right = &right, .results = out, .rowStride = n, .each = places},
//                   threads);
#pragma once

#include "Floats.h"
#include "mil/Run/ThreadPool.h"
#include "mil/Tensor/Tensor.h"
#include <algorithm>

namespace mil::fast {

/// Widens a run of elements to doubles.
void widenExactly(ConstFloats from, size_t count, double *to);

/// A matrix whose elements are read as doubles when they are needed, by several threads at once.
class ExactMatrix {
public:
  virtual ~ExactMatrix() = default;
  /// Whether the elements of a column are contiguous, instead of those of a row.
  virtual bool isByColumns() const { return false; }
  /// Reads `count` contiguous elements, starting at (row, column), of the matrix that begins at `start`, which is the `left` or `right` of
  /// a place.
  virtual void read(int64_t start, int64_t row, int64_t column, int64_t count, double *out) const = 0;
  /// Prefetches these elements, which will be read soon.
  virtual void expect(int64_t, int64_t, int64_t, int64_t) const {}
};

/// The elements of a tensor of any numeric type. One of the strides is 1.
class TensorMatrix : public ExactMatrix {
public:
  TensorMatrix(const Tensor &tensor, int64_t rowStride, int64_t columnStride)
      : tensor(tensor), rowStride(rowStride), columnStride(columnStride) {}
  bool isByColumns() const override { return columnStride != 1; }
  void read(int64_t start, int64_t row, int64_t column, int64_t count, double *out) const override {
    int64_t from = start + row * rowStride + column * columnStride;
    const uint8_t *bytes = tensor.bytes().data();
    if (tensor.dtype() == DType::Float64)
      std::copy_n(reinterpret_cast<const double *>(bytes) + from, count, out);
    else if (tensor.dtype() == DType::Float32 || tensor.dtype() == DType::Float16)
      widenExactly(ConstFloats{bytes, tensor.dtype() == DType::Float32 ? Format::Single : Format::Half}.from(from), size_t(count), out);
    else
      tensor.read(from, llvm::MutableArrayRef(out, size_t(count)));
  }

  void expect(int64_t start, int64_t row, int64_t column, int64_t count) const override {
    constexpr int64_t line = 64; // bytes of the cache
    const uint8_t *begin = tensor.bytes().data() + (start + row * rowStride + column * columnStride) * tensor.elementSize();
    for (int64_t i = 0; i < count * int64_t(tensor.elementSize()); i += line)
      __builtin_prefetch(begin + i);
  }

private:
  const Tensor &tensor;
  int64_t rowStride, columnStride;
};

/// Several products of the same shape.
struct ExactProducts {
  int64_t rows = 0, columns = 0, depth = 0;
  const ExactMatrix *left = nullptr, *right = nullptr;
  double *results = nullptr;
  int64_t rowStride = 0;              ///< of the results; the elements of a row are contiguous
  double scale = 1;                   ///< of the sums
  const double *columnBias = nullptr; ///< added to each row
  const double *rowBias = nullptr;    ///< added to each column, from Place::bias on
  /// The offsets at which the matrices of a product begin.
  struct Place {
    int64_t left = 0, right = 0, result = 0, bias = 0;
  };
  llvm::ArrayRef<Place> each;
};

/// Computes all products; uses about 1 MB per thread.
void multiplyExactly(const ExactProducts &products, ThreadPool &threads);

} // namespace mil::fast
