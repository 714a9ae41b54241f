// Matrix products: left [rows, depth] · right [depth, columns], in fp32, of operands in fp32 or fp16.
//
// Everything that is a sum of products comes here: matmul and linear, einsum, convolutions (whose right matrix is made from the image as
// it is needed: `Columns`), the gates of recurrent layers. Operands are read where they are: they are widened and laid out for the
// processor a block at a time, so nothing is packed ahead, no second copy of a weight is kept, and the first product costs what any other
// does. With few rows (a decoder's step) each element of the right matrix is read once, in the order of memory.
//
// An element of the result is one sum, its products added in an order that depends on the depth alone: the same bits for any number of
// threads. How well a processor adds (with fused multiply-add or without) does show in the last bits.
#pragma once

#include "Floats.h"
#include "mil/Run/ThreadPool.h"
#include "llvm/ADT/ArrayRef.h"

namespace mil::fast {

/// A matrix in memory; strides count elements.
struct Matrix {
  ConstFloats floats;
  int64_t rowStride = 0, columnStride = 1;
  /// The matrix that begins so many elements further on.
  Matrix from(int64_t elements) const { return {floats.from(elements), rowStride, columnStride}; }
};

/// A right matrix that is made when it is needed.
class Columns {
public:
  virtual ~Columns() = default;
  /// Writes elements (row, column) … (row, column + count - 1) of the matrix that begins at `start`, the `right` of a place. Called by
  /// several threads at once.
  virtual void row(int64_t start, int64_t row, int64_t column, int64_t count, float *out) const = 0;
};

/// What is done with a finished piece of a row of the result, before it is rounded and stored: bias, activation. `at` is the number of its
/// first element in the whole result; there is room after it, as applyStep requires.
using Finish = llvm::function_ref<void(int64_t at, llvm::MutableArrayRef<float> values)>;

/// One or several products of the same shape.
struct Products {
  int64_t rows = 0, columns = 0, depth = 0;
  Matrix left, right;
  const Columns *made = nullptr; ///< in place of `right`
  Floats results;
  int64_t rowStride = 0; ///< of the results; the elements of a row are neighbours
  float scale = 1;       ///< of the sums
  const Finish *finish = nullptr;
  float *panels = nullptr; ///< room for panelBytes, or null: then each tile lays out what it needs
  /// Where a product's matrices begin, in elements from those above.
  struct Place {
    int64_t left = 0, right = 0, result = 0;
  };
  llvm::ArrayRef<Place> each;
};

/// The memory with which products gain from laying out a right matrix once, for all the rows that it is multiplied by; 0: they don't, as
/// when it is as wide as several tiles. At most 8 MB.
uint64_t panelBytes(const Products &products);
/// Computes all of them. About 2 · rows · columns · depth operations each; takes up to 1 MB a thread.
void multiply(const Products &products, ThreadPool &threads);

} // namespace mil::fast
