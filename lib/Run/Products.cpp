// The product of blocks, after Goto: a tile of the result is the sum over slices of the depth; of each slice the right block is laid out in
// panels as wide as the registers hold (they stay in the second cache), the left block in rows; then the kernel multiplies one panel by a
// few rows, with all sums in registers.
#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Products.cpp"
#include <hwy/foreach_target.h>

#include "ProductTiles.h"
#include "Vectors-inl.h"
#include <algorithm>
#include <hwy/cache_control.h>

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

// Sums that fit the registers, with a panel's row and a factor beside them: 6 x 2 of 16 registers, 12 x 2 or 6 x 4 of 32.
#if HWY_TARGET == HWY_AVX3
constexpr int64_t kernelRows = 12, panelVectors = 2;
#elif HWY_TARGET == HWY_NEON
constexpr int64_t kernelRows = 6, panelVectors = 4;
#else
constexpr int64_t kernelRows = 6, panelVectors = 2;
#endif
constexpr int64_t panelWidth = panelVectors * int64_t(lanes);
/// Of the left block: rows lie a little more than a slice apart, so that they don't share the same sets of the first cache.
constexpr int64_t leftStride = sliceDepth + 16;

static_assert(blockRows % (2 * kernelRows) == 0 && tileColumns % panelWidth == 0 && columnUnit % panelWidth == 0);

/// sums[r] += left[r] · panel for R rows and the first V vectors of the panel, `depth` products each.
template <int64_t R, int64_t V> static void kernel(const float *left, const float *panel, int64_t depth, float *sums, bool add) {
  FloatVector sum[R][V];
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < V; ++v)
      sum[r][v] = hn::Zero(FloatTag());
  for (int64_t k = 0; k < depth; ++k) {
    FloatVector right[V];
    for (int64_t v = 0; v < V; ++v)
      right[v] = load(panel + k * panelWidth + v * int64_t(lanes));
    for (int64_t r = 0; r < R; ++r) {
      FloatVector factor = hn::Set(FloatTag(), left[r * leftStride + k]);
      for (int64_t v = 0; v < V; ++v)
        sum[r][v] = hn::MulAdd(factor, right[v], sum[r][v]);
    }
  }
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < V; ++v) {
      float *to = sums + r * tileColumns + v * int64_t(lanes);
      store(add ? hn::Add(load(to), sum[r][v]) : sum[r][v], to);
    }
}

/// The same of 1 to Most rows.
template <int64_t Most, int64_t V>
static void anyRows(int64_t rows, const float *left, const float *panel, int64_t depth, float *sums, bool add) {
  if (rows == Most)
    return kernel<Most, V>(left, panel, depth, sums, add);
  if constexpr (Most > 1)
    anyRows<Most - 1, V>(rows, left, panel, depth, sums, add);
}

/// A panel by `rows` rows of the left block. Of a panel that isn't half full, only that half is computed, by twice as many rows at a time.
static void multiplyPanel(int64_t rows, int64_t columns, const float *left, const float *panel, int64_t depth, float *sums, bool add) {
  constexpr int64_t most = 2 * kernelRows, half = panelVectors / 2;
  if (columns <= panelWidth / 2)
    for (int64_t r = 0; r < rows; r += most)
      anyRows<most, half>(std::min(most, rows - r), left + r * leftStride, panel, depth, sums + r * tileColumns, add);
  else
    for (int64_t r = 0; r < rows; r += kernelRows)
      anyRows<kernelRows, panelVectors>(std::min(kernelRows, rows - r), left + r * leftStride, panel, depth, sums + r * tileColumns, add);
}

/// Lays out `rows` x `depth` of the left matrix from (row, k) on, in rows leftStride apart.
static void layOutLeft(const Matrix &left, int64_t row, int64_t rows, int64_t k, int64_t depth, float *out) {
  visit(left.floats, [&](auto *floats) {
    for (int64_t r = 0; r < rows; ++r) {
      auto *from = floats + (row + r) * left.rowStride + k * left.columnStride;
      if (left.columnStride == 1) {
        if (r + 6 < rows) // rows are short, and far from each other: the processor doesn't foresee the next ones
          for (int64_t i = 0; i < depth; i += 16)
            hwy::Prefetch(from + 6 * left.rowStride + i);
        widen(from, size_t(depth), out + r * leftStride);
        continue;
      }
      for (int64_t i = 0; i < depth; ++i)
        out[r * leftStride + i] = toFloat(from[i * left.columnStride]);
    }
  });
}

/// Four rows of four floats, transposed.
HWY_INLINE void transpose4(const float *from, int64_t stride, float *to, int64_t toStride) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < 16; ++i)
    to[i % 4 * toStride + i / 4] = from[i / 4 * stride + i % 4];
#else
  hn::FixedTag<float, 4> d;
  hn::FixedTag<double, 2> pairs;
  auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + stride), c = hn::LoadU(d, from + 2 * stride), e = hn::LoadU(d, from + 3 * stride);
  auto ab = hn::BitCast(pairs, hn::InterleaveLower(d, a, b)), abHigh = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
  auto ce = hn::BitCast(pairs, hn::InterleaveLower(d, c, e)), ceHigh = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce)), d, to + toStride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, abHigh, ceHigh)), d, to + 2 * toStride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, abHigh, ceHigh)), d, to + 3 * toStride);
#endif
}

/// One panel of a matrix whose columns are runs in memory: `columns` runs of `depth` floats become rows of panelWidth.
template <typename E>
static void layOutRuns(const E *from, int64_t columnStride, int64_t columns, int64_t depth, float *panel, float *line) {
  for (int64_t c = 0; c < columns; c += 4) {
    int64_t wide = std::min<int64_t>(4, columns - c);
    const float *runs = reinterpret_cast<const float *>(from + c * columnStride);
    int64_t stride = columnStride;
    if (sizeof(E) != sizeof(float) || wide < 4) { // four runs of fp32, those beyond the last column 0
      for (int64_t i = 0; i < 4; ++i)
        i < wide ? widen(from + (c + i) * columnStride, size_t(depth), line + i * leftStride)
                 : void(std::fill_n(line + i * leftStride, depth, 0.f));
      runs = line;
      stride = leftStride;
    }
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4)
      transpose4(runs + k, stride, panel + k * panelWidth + c, panelWidth);
    for (; k < depth; ++k)
      for (int64_t i = 0; i < 4; ++i)
        panel[k * panelWidth + c + i] = runs[i * stride + k];
  }
  for (int64_t c = (columns + 3) / 4 * 4; c < panelWidth; ++c)
    for (int64_t k = 0; k < depth; ++k)
      panel[k * panelWidth + c] = 0;
}

/// Puts a row of the right block, padded to whole panels, to its places.
HWY_INLINE void spread(const float *line, int64_t panels, int64_t k, int64_t depth, float *out) {
  for (int64_t p = 0; p < panels; ++p)
    for (int64_t v = 0; v < panelVectors; ++v)
      store(load(line + p * panelWidth + v * int64_t(lanes)), out + (p * depth + k) * panelWidth + v * int64_t(lanes));
}

/// Lays out `depth` x `columns` of the right matrix from (k, column) on, in panels of `depth` rows of panelWidth.
static void layOutRight(const Tile &tile, int64_t k, int64_t depth, float *out, float *line) {
  const Columns *made = tile.products->made;
  int64_t column = tile.column, columns = tile.columns;
  int64_t panels = (columns + panelWidth - 1) / panelWidth;
  Matrix right = tile.products->right.from(tile.place.right);
  if (!made && right.rowStride == 1 && right.columnStride != 1) {
    visit(right.floats, [&](auto *floats) {
      for (int64_t p = 0; p < panels; ++p)
        layOutRuns(floats + (column + p * panelWidth) * right.columnStride + k, right.columnStride,
                   std::min(panelWidth, columns - p * panelWidth), depth, out + p * depth * panelWidth, line);
    });
    return;
  }
  std::fill(line + columns, line + panels * panelWidth, 0.f);
  for (int64_t i = 0; i < depth; ++i) {
    if (made)
      made->row(tile.place.right, k + i, column, columns, line);
    else
      visit(right.floats, [&](auto *floats) {
        auto *from = floats + (k + i) * right.rowStride + column * right.columnStride;
        if (right.columnStride == 1)
          widen(from, size_t(columns), line);
        else
          for (int64_t c = 0; c < columns; ++c)
            line[c] = toFloat(from[c * right.columnStride]);
      });
    spread(line, panels, i, depth, out);
  }
}

/// Lays out a slice of the right matrix, from k on, as described at Products::panels.
void layOutSlice(const Tile &tile, int64_t k, Scratch &scratch) {
  const Products &products = *tile.products;
  int64_t depth = std::min(sliceDepth, products.depth - k);
  float *line = Scratch::atLeast(scratch.line, size_t(std::max(4 * leftStride, tileColumns)));
  layOutRight(tile, k, depth, products.panels + k * wholePanels(products.columns) + tile.column * depth, line);
}

void multiplyTile(const Tile &tile, Scratch &scratch) {
  const Products &products = *tile.products;
  Matrix leftMatrix = products.left.from(tile.place.left);
  int64_t panels = (tile.columns + panelWidth - 1) / panelWidth;
  float *left = Scratch::atLeast(scratch.left, size_t(blockRows * leftStride));
  float *right = Scratch::atLeast(scratch.right, size_t(sliceDepth * tileColumns));
  float *line = Scratch::atLeast(scratch.line, size_t(std::max(4 * leftStride, tileColumns)));
  float *sums = Scratch::atLeast(scratch.sums, size_t(tileRows * tileColumns));
  if (products.depth == 0)
    std::fill_n(sums, tile.rows * tileColumns, 0.f);
  for (int64_t k = 0; k < products.depth; k += sliceDepth) {
    int64_t depth = std::min(sliceDepth, products.depth - k);
    if (products.panels) // laid out already
      right = products.panels + k * wholePanels(products.columns) + tile.column * depth;
    else
      layOutRight(tile, k, depth, right, line);
    for (int64_t block = 0; block < tile.rows; block += blockRows) {
      int64_t rows = std::min(blockRows, tile.rows - block);
      layOutLeft(leftMatrix, tile.row + block, rows, k, depth, left);
      for (int64_t p = 0; p < panels; ++p)
        multiplyPanel(rows, tile.columns - p * panelWidth, left, right + p * depth * panelWidth, depth,
                      sums + block * tileColumns + p * panelWidth, k != 0);
    }
  }
  for (int64_t r = 0; r < tile.rows; ++r)
    finishRow(tile, tile.row + r, sums + r * tileColumns);
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil::fast {
HWY_EXPORT(layOutSlice);
HWY_EXPORT(multiplyTile);

/// The tiles of these products, all of which may be computed at once.
static void multiplyTiles(const Products &products, ThreadPool &threads) {
  bool thin = isThin(products);
  Tiling tiling = tilingOf(products);
  threads.parallel(products.each.size() * tiling.tiles(), [&](size_t part) {
    static thread_local Scratch scratch;
    int64_t task = int64_t(part % tiling.tiles()), down = task / tiling.columns.parts, across = task % tiling.columns.parts;
    int64_t row = tiling.rows.begin(down), column = tiling.columns.begin(across);
    Tile tile{&products, products.each[part / tiling.tiles()],     row, tiling.rows.begin(down + 1) - row,
              column,    tiling.columns.begin(across + 1) - column};
    if (tile.rows == 0 || tile.columns == 0)
      return;
    thin ? multiplyThin(tile, scratch) : HWY_DYNAMIC_DISPATCH(multiplyTile)(tile, scratch);
  });
}

void multiply(const Products &products, ThreadPool &threads) {
  if (!products.panels)
    return multiplyTiles(products, threads);
  for (const Products::Place &place : products.each) { // the memory has room for one right matrix
    Tile whole{&products, place, 0, 0, 0, products.columns};
    threads.parallel(size_t((products.depth + sliceDepth - 1) / sliceDepth), [&](size_t slice) {
      static thread_local Scratch scratch;
      HWY_DYNAMIC_DISPATCH(layOutSlice)(whole, int64_t(slice) * sliceDepth, scratch);
    });
    Products one = products;
    one.each = place;
    multiplyTiles(one, threads);
  }
}
} // namespace mil::fast
#endif
