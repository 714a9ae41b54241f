// A tile of a result is a sum over slices of the depth. For each slice, the right block is packed in panels as wide as two vectors and the
// left block in rows, as doubles; the kernel multiplies one panel by a few rows with all sums in registers, and adds them to the result in
// place.
#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ExactProducts.cpp"
#include <hwy/foreach_target.h>

#include "ExactProducts.h"
#include "ProductTiles.h"
#include "Vectors-inl.h"
#include <algorithm>
#include <vector>

#ifndef MIL_RUN_EXACT_PRODUCTS_SHAPES
#define MIL_RUN_EXACT_PRODUCTS_SHAPES
namespace mil::fast {
namespace {
constexpr int64_t exactDepth = 256;      ///< of a slice
constexpr int64_t exactStride = 256 + 8; ///< of rows that are laid out: they don't share the same sets of the first cache
constexpr int64_t exactRows = 96;        ///< of the left matrix that are laid out at once
constexpr int64_t exactTileRows = 384;   ///< at most: what is laid out of the right matrix serves so many rows
constexpr int64_t exactTileColumns = 256;
constexpr int64_t exactRowUnit = 12; ///< of tiles: multiples of what any instruction set computes at once, as is columnUnit
constexpr int64_t exactAhead = 6;    ///< runs of memory that are far apart: the processor doesn't foresee the next ones
constexpr int64_t exactFewRows = 4;  ///< up to which nothing is laid out

struct ExactTile {
  const ExactProducts *products;
  ExactProducts::Place place;
  int64_t row, rows, column, columns;
};

struct ExactScratch {
  std::vector<double> left, right, lines;
  static double *atLeast(std::vector<double> &memory, int64_t size) {
    if (int64_t(memory.size()) < size)
      memory.resize(size_t(size));
    return memory.data();
  }
};
} // namespace
} // namespace mil::fast
#endif

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

// As many sums as registers hold beside a panel's row and a factor.
#if HWY_TARGET == HWY_AVX3
inline constexpr int64_t exactKernelRows = 12, exactVectors = 2;
#elif HWY_TARGET == HWY_NEON
inline constexpr int64_t exactKernelRows = 6, exactVectors = 4;
#else
inline constexpr int64_t exactKernelRows = 6, exactVectors = 2;
#endif
inline constexpr int64_t exactPanel = exactVectors * doubleLanes;
static_assert(exactTileColumns % exactPanel == 0 && columnUnit % exactPanel == 0 && exactRows % (2 * exactKernelRows) == 0);

/// out[r] (+)= left[r] · panel for R rows and the first V vectors of the panel.
template <int64_t R, int64_t V>
static void exactKernel(const double *left, const double *panel, int64_t depth, double *out, int64_t outStride, bool add) {
  DoubleTag d;
  DoubleVector sum[R][V];
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < V; ++v)
      sum[r][v] = hn::Zero(d);
  for (int64_t k = 0; k < depth; ++k) {
    DoubleVector right[V];
    for (int64_t v = 0; v < V; ++v)
      right[v] = hn::LoadU(d, panel + k * exactPanel + v * doubleLanes);
    for (int64_t r = 0; r < R; ++r) {
      DoubleVector factor = hn::Set(d, left[r * exactStride + k]);
      for (int64_t v = 0; v < V; ++v)
        sum[r][v] = hn::MulAdd(factor, right[v], sum[r][v]);
    }
  }
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < V; ++v) {
      double *to = out + r * outStride + v * doubleLanes;
      hn::StoreU(add ? hn::Add(hn::LoadU(d, to), sum[r][v]) : sum[r][v], d, to);
    }
}

/// The same of 1 to Most rows.
template <int64_t Most, int64_t V>
static void exactAnyRows(int64_t rows, const double *left, const double *panel, int64_t depth, double *out, int64_t outStride, bool add) {
  if (rows == Most)
    return exactKernel<Most, V>(left, panel, depth, out, outStride, add);
  if constexpr (Most > 1)
    exactAnyRows<Most - 1, V>(rows, left, panel, depth, out, outStride, add);
}

/// The first V vectors of a panel by `rows` rows of the left block, `Most` at a time; of the sums, `columns` are part of the result.
template <int64_t Most, int64_t V>
static void exactRowsByPanel(int64_t rows, int64_t columns, const double *left, const double *panel, int64_t depth, double *out,
                             int64_t outStride, bool add) {
  constexpr int64_t width = V * doubleLanes;
  for (int64_t r = 0; r < rows; r += Most, left += Most * exactStride, out += Most * outStride) {
    int64_t count = std::min(Most, rows - r);
    if (columns >= width) {
      exactAnyRows<Most, V>(count, left, panel, depth, out, outStride, add);
      continue;
    }
    HWY_ALIGN double wide[Most * width];
    exactAnyRows<Most, V>(count, left, panel, depth, wide, width, false);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t c = 0; c < columns; ++c)
        out[i * outStride + c] = add ? out[i * outStride + c] + wide[i * width + c] : wide[i * width + c];
  }
}

/// to[0] = {a[0], b[0]}, to[stride] = {a[1], b[1]}.
HWY_INLINE void transposePair(const double *a, const double *b, double *to, int64_t stride) {
#if HWY_TARGET == HWY_SCALAR
  to[0] = a[0], to[1] = b[0], to[stride] = a[1], to[stride + 1] = b[1];
#else
  hn::FixedTag<double, 2> d;
  auto first = hn::LoadU(d, a), second = hn::LoadU(d, b);
  hn::StoreU(hn::InterleaveLower(d, first, second), d, to);
  hn::StoreU(hn::InterleaveUpper(d, first, second), d, to + stride);
#endif
}

/// Puts `count` elements of two lines next to each other into rows that are `stride` apart.
static void transposeLines(const double *first, const double *second, int64_t count, double *to, int64_t stride) {
  int64_t i = 0;
  for (; i + 2 <= count; i += 2)
    transposePair(first + i, second + i, to + i * stride, stride);
  for (; i < count; ++i)
    to[i * stride] = first[i], to[i * stride + 1] = second[i];
}

/// Rows of the left block: `rows` from number `first` of the tile on.
static void layOutExactLeft(const ExactTile &tile, int64_t first, int64_t rows, int64_t k, int64_t depth, double *out, double *lines) {
  const ExactMatrix &left = *tile.products->left;
  if (!left.isByColumns()) {
    for (int64_t r = 0; r < rows; ++r) {
      if (r + exactAhead < rows)
        left.expect(tile.place.left, tile.row + first + r + exactAhead, k, depth);
      left.read(tile.place.left, tile.row + first + r, k, depth, out + r * exactStride);
    }
    return;
  }
  for (int64_t i = 0; i < depth; i += 2) { // beyond the depth, rows have room
    for (int64_t j = i; j < std::min(depth, i + 2); ++j)
      left.read(tile.place.left, tile.row + first, k + j, rows, lines + (j - i) * exactStride);
    transposeLines(lines, lines + exactStride, rows, out + i, exactStride);
  }
}

/// Panels of the right block: exactPanel columns each, row by row; what is beyond the last column is 0.
static void layOutExactRight(const ExactTile &tile, int64_t k, int64_t depth, double *out, double *lines) {
  const ExactMatrix &right = *tile.products->right;
  int64_t whole = (tile.columns + exactPanel - 1) / exactPanel * exactPanel;
  auto place = [&](int64_t column) { return out + column / exactPanel * exactPanel * depth + column % exactPanel; };
  if (right.isByColumns()) {
    for (int64_t c = 0; c < whole; c += 2) {
      for (int64_t i = c + exactAhead; i < std::min(tile.columns, c + exactAhead + 2); ++i)
        right.expect(tile.place.right, k, tile.column + i, depth);
      for (int64_t i = c; i < c + 2; ++i)
        i < tile.columns ? right.read(tile.place.right, k, tile.column + i, depth, lines + (i - c) * exactStride)
                         : void(std::fill_n(lines + (i - c) * exactStride, depth, 0.0));
      transposeLines(lines, lines + exactStride, depth, place(c), exactPanel);
    }
    return;
  }
  std::fill(lines + tile.columns, lines + whole, 0.0);
  for (int64_t i = 0; i < depth; ++i) {
    right.read(tile.place.right, k + i, tile.column, tile.columns, lines);
    for (int64_t c = 0; c < whole; c += exactPanel)
      for (int64_t v = 0; v < exactPanel; v += doubleLanes)
        hn::StoreU(hn::LoadU(DoubleTag(), lines + c + v), DoubleTag(), place(c) + i * exactPanel + v);
  }
}

/// What follows the sums of a row.
static void finishExactRow(const ExactTile &tile, int64_t row, double *values) {
  const ExactProducts &p = *tile.products;
  double scale = p.scale, rowBias = p.rowBias ? p.rowBias[tile.place.bias + row] : 0;
  if (scale != 1)
    for (int64_t c = 0; c < tile.columns; ++c)
      values[c] *= scale;
  if (p.columnBias)
    for (int64_t c = 0; c < tile.columns; ++c)
      values[c] += p.columnBias[tile.column + c];
  else if (p.rowBias)
    for (int64_t c = 0; c < tile.columns; ++c)
      values[c] += rowBias;
}

void multiplyExactTile(const ExactTile &tile, ExactScratch &scratch) {
  const ExactProducts &p = *tile.products;
  double *left = ExactScratch::atLeast(scratch.left, exactRows * exactStride);
  double *right = ExactScratch::atLeast(scratch.right, exactDepth * exactTileColumns);
  double *lines = ExactScratch::atLeast(scratch.lines, 2 * exactStride);
  double *out = p.results + tile.place.result + tile.row * p.rowStride + tile.column;
  for (int64_t r = 0; p.depth == 0 && r < tile.rows; ++r)
    std::fill_n(out + r * p.rowStride, tile.columns, 0.0);
  for (int64_t k = 0; k < p.depth; k += exactDepth) {
    int64_t depth = std::min(exactDepth, p.depth - k);
    layOutExactRight(tile, k, depth, right, lines);
    for (int64_t block = 0; block < tile.rows; block += exactRows) {
      int64_t rows = std::min(exactRows, tile.rows - block);
      layOutExactLeft(tile, block, rows, k, depth, left, lines);
      for (int64_t c = 0; c < tile.columns; c += exactPanel) {
        int64_t columns = tile.columns - c;
        const double *panel = right + c * depth;
        double *to = out + block * p.rowStride + c;
        if (columns <= exactPanel / 2) // half of the panel, by twice as many rows at a time
          exactRowsByPanel<2 * exactKernelRows, exactVectors / 2>(rows, columns, left, panel, depth, to, p.rowStride, k != 0);
        else
          exactRowsByPanel<exactKernelRows, exactVectors>(rows, columns, left, panel, depth, to, p.rowStride, k != 0);
      }
    }
  }
  for (int64_t r = 0; r < tile.rows; ++r)
    finishExactRow(tile, tile.row + r, out + r * p.rowStride);
}

/// out[r] = left[r] · run for R rows.
template <int64_t R> static void exactDots(const double *left, const double *run, int64_t depth, double *out, int64_t outStride) {
  constexpr int64_t chains = R == 1 ? 4 : 2; // sums that don't wait for each other
  DoubleTag d;
  DoubleVector sum[R][chains];
  for (int64_t r = 0; r < R; ++r)
    for (int64_t c = 0; c < chains; ++c)
      sum[r][c] = hn::Zero(d);
  int64_t k = 0;
  for (; k + chains * doubleLanes <= depth; k += chains * doubleLanes)
    for (int64_t c = 0; c < chains; ++c) {
      DoubleVector right = hn::LoadU(d, run + k + c * doubleLanes);
      for (int64_t r = 0; r < R; ++r)
        sum[r][c] = hn::MulAdd(hn::LoadU(d, left + r * depth + k + c * doubleLanes), right, sum[r][c]);
    }
  for (int64_t r = 0; r < R; ++r) {
    DoubleVector total = sum[r][0];
    for (int64_t c = 1; c < chains; ++c)
      total = hn::Add(total, sum[r][c]);
    double rest = hn::GetLane(hn::SumOfLanes(d, total));
    for (int64_t i = k; i < depth; ++i)
      rest += left[r * depth + i] * run[i];
    out[r * outStride] = rest;
  }
}

/// out[r] += left[r][k] · line for R rows, whose factors are `stride` apart.
template <int64_t R>
static void addExactLine(const double *factors, int64_t stride, const double *line, int64_t columns, double *out, int64_t outStride) {
  DoubleTag d;
  DoubleVector factor[R];
  for (int64_t r = 0; r < R; ++r)
    factor[r] = hn::Set(d, factors[r * stride]);
  int64_t c = 0;
  for (; c + doubleLanes <= columns; c += doubleLanes) {
    DoubleVector v = hn::LoadU(d, line + c);
    for (int64_t r = 0; r < R; ++r)
      hn::StoreU(hn::MulAdd(factor[r], v, hn::LoadU(d, out + r * outStride + c)), d, out + r * outStride + c);
  }
  for (; c < columns; ++c)
    for (int64_t r = 0; r < R; ++r)
      out[r * outStride + c] += factors[r * stride] * line[c];
}

/// A tile of few rows: each element of the right matrix is read once, in the order of memory.
template <int64_t R> static void multiplyExactFewRows(const ExactTile &tile, ExactScratch &scratch) {
  const ExactProducts &p = *tile.products;
  double *left = ExactScratch::atLeast(scratch.left, R * p.depth);
  double *line = ExactScratch::atLeast(scratch.lines, std::max(p.depth, tile.columns));
  double *out = p.results + tile.place.result + tile.row * p.rowStride + tile.column;
  for (int64_t r = 0; r < R && !p.left->isByColumns(); ++r)
    p.left->read(tile.place.left, tile.row + r, 0, p.depth, left + r * p.depth);
  for (int64_t k = 0; k < p.depth && p.left->isByColumns(); ++k) {
    double column[R];
    p.left->read(tile.place.left, tile.row, k, R, column);
    for (int64_t r = 0; r < R; ++r)
      left[r * p.depth + k] = column[r];
  }
  if (p.right->isByColumns()) {
    for (int64_t c = 0; c < tile.columns; ++c) {
      p.right->read(tile.place.right, 0, tile.column + c, p.depth, line);
      exactDots<R>(left, line, p.depth, out + c, p.rowStride);
    }
  } else {
    for (int64_t r = 0; r < R; ++r)
      std::fill_n(out + r * p.rowStride, tile.columns, 0.0);
    for (int64_t k = 0; k < p.depth; ++k) {
      p.right->read(tile.place.right, k, tile.column, tile.columns, line);
      addExactLine<R>(left + k, p.depth, line, tile.columns, out, p.rowStride);
    }
  }
  for (int64_t r = 0; r < R; ++r)
    finishExactRow(tile, tile.row + r, out + r * p.rowStride);
}

void multiplyExactThin(const ExactTile &tile, ExactScratch &scratch) {
  static_assert(exactFewRows == 4);
  switch (tile.rows) {
  case 1:
    return multiplyExactFewRows<1>(tile, scratch);
  case 2:
    return multiplyExactFewRows<2>(tile, scratch);
  case 3:
    return multiplyExactFewRows<3>(tile, scratch);
  case 4:
    return multiplyExactFewRows<4>(tile, scratch);
  }
}

void widenToDoubles(ConstFloats from, size_t count, double *to) {
  visit(from, [&](auto *floats) {
    DoubleTag d;
    hn::Rebind<float, DoubleTag> half;
    HWY_ALIGN float wide[lanes];
    size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      store(load(floats + i), wide);
      for (size_t j = 0; j < lanes; j += size_t(doubleLanes))
        hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, wide + j)), d, to + i + j);
    }
    for (; i < count; ++i)
      to[i] = toFloat(floats[i]);
  });
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil::fast {
HWY_EXPORT(multiplyExactTile);
HWY_EXPORT(multiplyExactThin);
HWY_EXPORT(widenToDoubles);

/// Of about the same size, and enough of them for several threads where they are large.
static Tiling exactTilingOf(const ExactProducts &p) {
  constexpr int64_t leastRows = 96, leastColumns = 96, leastProducts = 1 << 20, enough = 8;
  auto partsOf = [](int64_t size, int64_t most) { return std::max<int64_t>(1, (size + most - 1) / most); };
  if (p.rows <= exactFewRows) {
    int64_t columns = std::clamp<int64_t>((1 << 16) / std::max<int64_t>(1, p.depth) / 16 * 16, 64, 4096);
    return {{p.rows, std::max<int64_t>(1, p.rows), 1}, {p.columns, 16, partsOf(p.columns, columns)}};
  }
  Tiling tiling{{p.rows, exactRowUnit, partsOf(p.rows, exactTileRows)}, {p.columns, columnUnit, partsOf(p.columns, exactTileColumns)}};
  auto work = [&] { return double(tiling.rows.longest()) * double(tiling.columns.longest()) * double(p.depth); };
  while (int64_t(p.each.size() * tiling.tiles()) < enough && work() >= 2 * leastProducts) {
    if (tiling.columns.longest() >= 2 * leastColumns) // the left matrix takes less time to lay out again than the right one
      tiling.columns.parts *= 2;
    else if (tiling.rows.longest() >= 2 * leastRows)
      tiling.rows.parts *= 2;
    else
      break;
  }
  return tiling;
}

void multiplyExactly(const ExactProducts &products, ThreadPool &threads) {
  Tiling tiling = exactTilingOf(products);
  threads.parallel(products.each.size() * tiling.tiles(), [&](size_t part) {
    static thread_local ExactScratch scratch;
    int64_t task = int64_t(part % tiling.tiles()), down = task / tiling.columns.parts, across = task % tiling.columns.parts;
    int64_t row = tiling.rows.begin(down), column = tiling.columns.begin(across);
    ExactTile tile{&products, products.each[part / tiling.tiles()],     row, tiling.rows.begin(down + 1) - row,
                   column,    tiling.columns.begin(across + 1) - column};
    if (tile.rows == 0 || tile.columns == 0)
      return;
    products.rows <= exactFewRows ? HWY_DYNAMIC_DISPATCH(multiplyExactThin)(tile, scratch)
                                  : HWY_DYNAMIC_DISPATCH(multiplyExactTile)(tile, scratch);
  });
}

void widenExactly(ConstFloats from, size_t count, double *to) { HWY_DYNAMIC_DISPATCH(widenToDoubles)(from, count, to); }
} // namespace mil::fast
#endif
