// A tile of a result is the sum over slices of the depth; of each, the right block is laid out in panels as wide as two vectors and the left
// one in rows, as doubles; the kernel multiplies one panel by a few rows with all sums in registers.
#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ExactProducts.cpp"
#include <hwy/foreach_target.h>

#include "ExactProducts.h"
#include <algorithm>
#include <hwy/highway.h>
#include <vector>

#ifndef MIL_RUN_EXACT_PRODUCTS_SHAPES
#define MIL_RUN_EXACT_PRODUCTS_SHAPES
namespace mil::fast {
namespace {
constexpr int64_t exactDepth = 256;    ///< of a slice
constexpr int64_t exactTileRows = 384; ///< at most: what is laid out of the right matrix serves so many rows
constexpr int64_t exactRows = 96;      ///< of the left matrix that are laid out at once
constexpr int64_t exactColumns = 128;  ///< of a tile

struct ExactTile {
  const ExactProducts *products;
  ExactProducts::Place place;
  int64_t row, rows, column, columns;
};

struct ExactScratch {
  std::vector<double> left = std::vector<double>(exactRows * exactDepth), right = std::vector<double>(exactDepth * exactColumns),
                      sums = std::vector<double>(exactTileRows * exactColumns),
                      line = std::vector<double>(std::max({exactRows, exactColumns, exactDepth}));
};
} // namespace
} // namespace mil::fast
#endif

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
inline constexpr int64_t doubleLanes = int64_t(hn::MaxLanes(DoubleTag()));
inline constexpr int64_t exactPanel = 2 * doubleLanes;
inline constexpr int64_t exactKernelRows = 6;
static_assert(exactColumns % exactPanel == 0 && exactRows % exactKernelRows == 0);

/// sums[r] += left[r] · panel for R rows.
template <int64_t R> static void exactKernel(const double *left, const double *panel, int64_t depth, double *sums) {
  DoubleTag d;
  hn::Vec<DoubleTag> sum[R][2];
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < 2; ++v)
      sum[r][v] = hn::LoadU(d, sums + r * exactColumns + v * doubleLanes);
  for (int64_t k = 0; k < depth; ++k) {
    auto first = hn::LoadU(d, panel + k * exactPanel), second = hn::LoadU(d, panel + k * exactPanel + doubleLanes);
    for (int64_t r = 0; r < R; ++r) {
      auto factor = hn::Set(d, left[r * exactDepth + k]);
      sum[r][0] = hn::MulAdd(factor, first, sum[r][0]);
      sum[r][1] = hn::MulAdd(factor, second, sum[r][1]);
    }
  }
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < 2; ++v)
      hn::StoreU(sum[r][v], d, sums + r * exactColumns + v * doubleLanes);
}

static void exactAnyRows(int64_t rows, const double *left, const double *panel, int64_t depth, double *sums) {
  switch (rows) {
  case 1:
    return exactKernel<1>(left, panel, depth, sums);
  case 2:
    return exactKernel<2>(left, panel, depth, sums);
  case 3:
    return exactKernel<3>(left, panel, depth, sums);
  case 4:
    return exactKernel<4>(left, panel, depth, sums);
  case 5:
    return exactKernel<5>(left, panel, depth, sums);
  default:
    return exactKernel<exactKernelRows>(left, panel, depth, sums);
  }
}

/// Rows of the left block, exactDepth apart: `rows` from number `first` of the tile on.
static void layOutExactLeft(const ExactTile &tile, int64_t first, int64_t rows, int64_t k, int64_t depth, ExactScratch &s) {
  const ExactMatrix &left = *tile.products->left;
  if (!left.isByColumns()) {
    for (int64_t r = 0; r < rows; ++r)
      left.read(tile.place.left, tile.row + first + r, k, depth, s.left.data() + r * exactDepth);
    return;
  }
  for (int64_t i = 0; i < depth; ++i) {
    left.read(tile.place.left, tile.row + first, k + i, rows, s.line.data());
    for (int64_t r = 0; r < rows; ++r)
      s.left[size_t(r * exactDepth + i)] = s.line[size_t(r)];
  }
}

/// Panels of the right block: exactPanel columns each, row by row; what is beyond the last column is 0.
static void layOutExactRight(const ExactTile &tile, int64_t k, int64_t depth, ExactScratch &s) {
  const ExactMatrix &right = *tile.products->right;
  auto place = [&](int64_t row, int64_t column) -> double & {
    return s.right[size_t((column / exactPanel * depth + row) * exactPanel + column % exactPanel)];
  };
  int64_t whole = (tile.columns + exactPanel - 1) / exactPanel * exactPanel;
  if (right.isByColumns()) {
    for (int64_t c = 0; c < whole; ++c) {
      if (c < tile.columns)
        right.read(tile.place.right, k, tile.column + c, depth, s.line.data());
      else
        std::fill_n(s.line.begin(), depth, 0.0);
      for (int64_t i = 0; i < depth; ++i)
        place(i, c) = s.line[size_t(i)];
    }
    return;
  }
  std::fill(s.line.begin() + tile.columns, s.line.begin() + whole, 0.0);
  for (int64_t i = 0; i < depth; ++i) {
    right.read(tile.place.right, k + i, tile.column, tile.columns, s.line.data());
    for (int64_t c = 0; c < whole; c += exactPanel)
      std::copy_n(s.line.begin() + c, exactPanel, &place(i, c));
  }
}

void multiplyExactTile(const ExactTile &tile, ExactScratch &s) {
  const ExactProducts &p = *tile.products;
  std::fill_n(s.sums.begin(), tile.rows * exactColumns, 0.0);
  for (int64_t k = 0; k < p.depth; k += exactDepth) {
    int64_t depth = std::min(exactDepth, p.depth - k);
    layOutExactRight(tile, k, depth, s);
    for (int64_t block = 0; block < tile.rows; block += exactRows) {
      int64_t rows = std::min(exactRows, tile.rows - block);
      layOutExactLeft(tile, block, rows, k, depth, s);
      for (int64_t c = 0; c < tile.columns; c += exactPanel)
        for (int64_t r = 0; r < rows; r += exactKernelRows)
          exactAnyRows(std::min(exactKernelRows, rows - r), s.left.data() + r * exactDepth, s.right.data() + c * depth, depth,
                       s.sums.data() + (block + r) * exactColumns + c);
    }
  }
  for (int64_t r = 0; r < tile.rows; ++r) {
    double *out = p.results + tile.place.result + (tile.row + r) * p.rowStride + tile.column;
    double rowBias = p.rowBias ? p.rowBias[tile.place.bias + tile.row + r] : 0;
    for (int64_t c = 0; c < tile.columns; ++c) {
      double sum = s.sums[size_t(r * exactColumns + c)] * p.scale;
      out[c] = p.columnBias ? sum + p.columnBias[tile.column + c] : p.rowBias ? sum + rowBias : sum;
    }
  }
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil::fast {
HWY_EXPORT(multiplyExactTile);

void multiplyExactly(const ExactProducts &products, ThreadPool &threads) {
  int64_t across = (products.columns + exactColumns - 1) / exactColumns;
  int64_t most = int64_t(products.each.size()) * across >= 8 ? exactTileRows : exactRows; // there should be work for several threads
  int64_t down = (products.rows + most - 1) / most, tileRows = down ? (products.rows + down - 1) / down : 0;
  threads.parallel(products.each.size() * size_t(across * down), [&](size_t part) {
    static thread_local ExactScratch scratch;
    int64_t task = int64_t(part), row = task / across % down * tileRows, column = task % across * exactColumns;
    ExactTile tile{&products, products.each[size_t(task / (across * down))],    row, std::min(tileRows, products.rows - row),
                   column,    std::min(exactColumns, products.columns - column)};
    HWY_DYNAMIC_DISPATCH(multiplyExactTile)(tile, scratch);
  });
}
} // namespace mil::fast
#endif
