// How the results of products are cut into tiles: a task of a thread each.
#pragma once

#include "Products.h"
#include <algorithm>
#include <vector>

namespace mil::fast {

constexpr int64_t sliceDepth = 256;  ///< of the depth
constexpr int64_t tileRows = 480;    ///< of the result that a task computes, at most
constexpr int64_t tileColumns = 256; ///< likewise
constexpr int64_t blockRows = 120;   ///< of the left matrix that are laid out at once
constexpr int64_t fewRows = 4;       ///< up to which nothing is laid out

/// A tile of one of the products.
struct Tile {
  const Products *products;
  Products::Place place;
  int64_t row, rows, column, columns;
};

/// The right matrix in panels: of each slice of the depth, one behind the other. Whole panels of any instruction set are so wide:
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

/// Something of `size` cut into parts that differ by a unit at most.
struct Split {
  int64_t size, unit, parts;
  Split(int64_t size, int64_t unit, int64_t parts) : size(size), unit(unit), parts(parts) {}
  int64_t begin(int64_t part) const { return std::min(size, (size + unit - 1) / unit * part / parts * unit); }
  int64_t longest() const { return (((size + unit - 1) / unit + parts - 1) / parts) * unit; }
};

/// A result cut into tiles.
struct Tiling {
  Split rows, columns;
  size_t tiles() const { return size_t(rows.parts * columns.parts); }
};

/// With few rows nothing is laid out, if the rows of the right matrix, or its columns, are runs that can be read in order.
bool isThin(const Products &products);
/// How to cut each of the products.
Tiling tilingOf(const Products &products);

} // namespace mil::fast
