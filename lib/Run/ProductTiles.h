// Divides the results of products into tiles, each of which is a task for a thread.
#pragma once

#include "Products.h"
#include <algorithm>
#include <vector>

namespace mil::fast {

constexpr int64_t sliceDepth = 256;  ///< of the depth
constexpr int64_t tileRows = 480;    ///< the largest tile of the result that a task computes
constexpr int64_t tileColumns = 256; ///< the same for columns
constexpr int64_t blockRows = 120;   ///< rows of the left matrix that are packed at once
constexpr int64_t fewRows = 4;       ///< up to this number of rows nothing is packed

/// A tile of one of the products.
struct Tile {
  const Products *products;
  Products::Place place;
  int64_t row, rows, column, columns;
};

/// The right matrix is packed in panels: for each slice of the depth, one after the other. A multiple of this width consists of whole
/// panels for every instruction set.
constexpr int64_t columnUnit = 32;
constexpr int64_t wholePanels(int64_t columns) { return (columns + columnUnit - 1) / columnUnit * columnUnit; }

/// The working memory of a thread, kept between tiles.
struct Scratch {
  std::vector<float> left, right, sums, line;
  template <typename V> static float *atLeast(V &memory, size_t size) {
    if (memory.size() < size)
      memory.resize(size);
    return memory.data();
  }
};

/// Elements [first, first + count) of the right matrix of a product, read from its file; null if it isn't in one, can't be read, or if they
/// take more than 1 MB.
const void *readRight(const Products &products, int64_t first, int64_t count, Scratch &scratch);

/// Computes a tile with isThin, of at most fewRows rows.
void multiplyThin(const Tile &tile, Scratch &scratch);
/// Scales, finishes, rounds and stores a piece of a row of the result.
void finishRow(const Tile &tile, int64_t row, float *sums);

/// Divides `size` into parts whose sizes differ by at most one unit.
struct Split {
  int64_t size, unit, parts;
  Split(int64_t size, int64_t unit, int64_t parts) : size(size), unit(unit), parts(parts) {}
  int64_t begin(int64_t part) const { return std::min(size, (size + unit - 1) / unit * part / parts * unit); }
  int64_t longest() const { return (((size + unit - 1) / unit + parts - 1) / parts) * unit; }
};

/// The tiles of a result.
struct Tiling {
  Split rows, columns;
  size_t tiles() const { return size_t(rows.parts * columns.parts); }
};

/// Whether nothing is packed: there are few rows, and the rows or the columns of the right matrix are contiguous.
bool isThin(const Products &products);
/// The tiles of each of the products.
Tiling tilingOf(const Products &products);

} // namespace mil::fast
