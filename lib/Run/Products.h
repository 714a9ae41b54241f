// Matrix products in fp32 of operands in fp32 or fp16: left [rows, depth] · right [depth, columns].
//
// All sums of products use these functions: matmul and linear, einsum, convolutions (whose right matrix is computed from the image when it
// is needed: `Columns`), and the gates of recurrent layers. Operands are read from their original memory: they are widened and packed one
// block at a time, so that no second copy of a weight is kept, and the first product takes as long as later ones. With few rows (a step of
// a decoder), each element of the right matrix is read once, in the order of memory.
//
// Each element of the result is one sum, whose products are added in an order that only depends on the shape: it has the same bits for any
// number of threads. The last bits depend on whether the processor has fused multiply-add.
#pragma once

#include "Floats.h"
#include "mil/Run/ThreadPool.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/ArrayRef.h"

namespace mil::fast {

/// A matrix in memory; strides count elements.
struct Matrix {
  ConstFloats floats;
  int64_t rowStride = 0, columnStride = 1;
  /// The matrix that begins `elements` elements later.
  Matrix from(int64_t elements) const { return {floats.from(elements), rowStride, columnStride}; }
};

/// A right matrix that is computed when it is needed.
class Columns {
public:
  virtual ~Columns() = default;
  /// Writes elements (row, column) … (row, column + count - 1) of the matrix that begins at `start`, the `right` of a place. Called by
  /// several threads at once.
  virtual void row(int64_t start, int64_t row, int64_t column, int64_t count, float *out) const = 0;
};

/// Called with each completed piece of a row of the result before it is rounded and stored, for bias and activation. `at` is the index of
/// its first element in the whole result; there is room after the piece, as applyStep requires.
using Finish = llvm::function_ref<void(int64_t at, llvm::MutableArrayRef<float> values)>;

/// One or several products of the same shape.
struct Products {
  int64_t rows = 0, columns = 0, depth = 0;
  Matrix left, right;
  const Columns *made = nullptr; ///< used instead of `right`
  /// Some of the rows of a right matrix, one after the other.
  struct RowPart {
    ConstFloats floats;
    int64_t rows;
  };
  /// The rows of `right`, if they aren't in one place: parts of one format, whose row stride is right.rowStride and whose column stride is
  /// 1. The result has the same bits as that of one matrix. Only for at most `fewRows` rows of at least two
  /// columns.
  llvm::ArrayRef<RowPart> parts = {};
  /// Where the bytes of `right` are in a file, if reading them from there is faster than from memory.
  Blob::FileRange rightFile;
  Floats results;
  int64_t rowStride = 0; ///< of the results; the elements of a row are contiguous
  float scale = 1;       ///< of the sums
  const Finish *finish = nullptr;
  float *panels = nullptr; ///< memory of panelBytes, or null: then each tile packs the elements that it needs
  /// The offsets of the matrices of a product, in elements from those above.
  struct Place {
    int64_t left = 0, right = 0, result = 0;
  };
  llvm::ArrayRef<Place> each;
};

/// The memory for packing a right matrix once for all rows, if that is faster; 0 if it isn't, for example if the matrix is as wide as
/// several tiles. At most 8 MB.
uint64_t panelBytes(const Products &products);
/// Computes all products, with about 2 · rows · columns · depth operations each. Uses up to 1 MB per thread.
void multiply(const Products &products, ThreadPool &threads);

} // namespace mil::fast
