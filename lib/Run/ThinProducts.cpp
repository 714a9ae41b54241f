// The product of few rows: each element of the right matrix is read once, where it is, and its time is that of memory. Processors load
// several streams of memory ahead, each in a page of its own: four at once are a third faster than one.
#include "mil/Support/SimdTargets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ThinProducts.cpp"
#include <hwy/foreach_target.h>

#include "Elementwise.h"
#include "ProductTiles.h"
#include "Vectors-inl.h"
#include <algorithm>
#include <hwy/cache_control.h>

HWY_BEFORE_NAMESPACE();
namespace mil::fast::HWY_NAMESPACE {

/// The sum of the lanes of each of four vectors.
HWY_INLINE void sumLanes(const FloatVector (&v)[4], float *sums) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < 4; ++i)
    sums[i] = hn::GetLane(v[i]);
#else
  FloatTag d;
  hn::RepartitionToWide<FloatTag> pairs;
  auto ab = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v[0], v[1]), hn::InterleaveUpper(d, v[0], v[1])));
  auto ce = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v[2], v[3]), hn::InterleaveUpper(d, v[2], v[3])));
  // Blocks of four lanes, one a vector.
  auto four = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce)), hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce)));
  HWY_ALIGN float all[lanes];
  hn::Store(four, d, all);
  hn::FixedTag<float, 4> block;
  auto total = hn::Load(block, all);
  for (size_t i = 4; i < lanes; i += 4)
    total = hn::Add(total, hn::Load(block, all + i));
  hn::StoreU(total, block, sums);
#endif
}

/// As many runs, or rows of the right matrix, as are read at once for R rows of the left one: all sums stay in registers.
template <int64_t R> constexpr int64_t atOnce = fewRows / R;

constexpr int64_t prefetchAhead = 1024; ///< bytes; the best of 512, 1024 and 2048 where it was measured

/// sums[r][n] = left[r] · run n, for R rows and `count` runs. Runs that are read at once come from distant parts.
template <int64_t R, typename E>
static void dots(const float *left, int64_t stride, const E *runs, int64_t runStride, int64_t count, int64_t depth, float *sums,
                 int64_t step) {
  constexpr int64_t N = atOnce<R>, width = int64_t(lanes);
  int64_t apart = (count + N - 1) / N;
  for (int64_t first = 0; first < apart; ++first) {
    const E *run[N];
    for (int64_t n = 0; n < N; ++n)
      run[n] = runs + std::min(first + n * apart, count - 1) * runStride;
    FloatVector even[4], odd[4]; // two chains a sum, which don't wait for each other
    for (int64_t i = 0; i < 4; ++i)
      even[i] = odd[i] = hn::Zero(FloatTag());
    auto add = [&](int64_t k, FloatVector(&to)[4]) {
      for (int64_t n = 0; n < N; ++n) {
        FloatVector right = load(run[n] + k);
        for (int64_t r = 0; r < R; ++r)
          to[n * R + r] = hn::MulAdd(load(left + r * stride + k), right, to[n * R + r]);
      }
    };
    int64_t k = 0;
    for (; k + 2 * width <= depth; k += 2 * width) {
      for (int64_t n = 0; n < N; ++n)
        for (size_t line = 0; line < 2 * width * sizeof(E); line += 64)
          hwy::Prefetch(reinterpret_cast<const char *>(run[n] + k) + prefetchAhead + line);
      add(k, even);
      add(k + width, odd);
    }
    if (k + width <= depth) {
      add(k, even);
      k += width;
    }
    for (int64_t i = 0; i < 4; ++i)
      even[i] = hn::Add(even[i], odd[i]);
    float totals[4];
    sumLanes(even, totals);
    for (int64_t n = 0; n < N && first + n * apart < count; ++n)
      for (int64_t r = 0; r < R; ++r) {
        float total = totals[n * R + r];
        for (int64_t i = k; i < depth; ++i)
          total += left[r * stride + i] * toFloat(run[n][i]);
        sums[r * step + first + n * apart] = total;
      }
  }
}

/// sums[r] += left[r][k] · row k of the right matrix, for R rows and k in [0, K).
template <int64_t R, int64_t K, typename E>
static void axpy(const float *factors, int64_t stride, const E *right, int64_t rightStride, int64_t columns, float *sums, int64_t step) {
  FloatVector factor[R][K];
  for (int64_t r = 0; r < R; ++r)
    for (int64_t k = 0; k < K; ++k)
      factor[r][k] = hn::Set(FloatTag(), factors[r * stride + k]);
  int64_t c = 0;
  for (; c + int64_t(lanes) <= columns; c += int64_t(lanes)) {
    FloatVector sum[R];
    for (int64_t r = 0; r < R; ++r)
      sum[r] = load(sums + r * step + c);
    for (int64_t k = 0; k < K; ++k) {
      const E *from = right + k * rightStride + c;
      hwy::Prefetch(reinterpret_cast<const char *>(from) + prefetchAhead);
      FloatVector v = load(from);
      for (int64_t r = 0; r < R; ++r)
        sum[r] = hn::MulAdd(factor[r][k], v, sum[r]);
    }
    for (int64_t r = 0; r < R; ++r)
      store(sum[r], sums + r * step + c);
  }
  for (; c < columns; ++c)
    for (int64_t r = 0; r < R; ++r)
      for (int64_t k = 0; k < K; ++k)
        sums[r * step + c] += factors[r * stride + k] * toFloat(right[k * rightStride + c]);
}

/// The rows of a right matrix whose columns are neighbours, in one place or in parts.
template <typename E> class RightRows {
public:
  RightRows(const Tile &tile, const E *floats)
      : parts(tile.products->parts), whole{{floats, Format()}, tile.products->depth}, stride(tile.products->right.rowStride),
        column(tile.column) {}

  /// A row, and how many there are from it on, one stride apart.
  std::pair<const E *, int64_t> at(int64_t row) const {
    for (const Products::RowPart &part : parts) {
      if (row < part.rows)
        return {place(part, row), part.rows - row};
      row -= part.rows;
    }
    return {place(whole, row), whole.rows - row};
  }
  int64_t rowStride() const { return stride; }

private:
  const E *place(const Products::RowPart &part, int64_t row) const {
    return static_cast<const E *>(part.floats.data) + row * stride + column;
  }
  llvm::ArrayRef<Products::RowPart> parts;
  Products::RowPart whole;
  int64_t stride, column;
};

/// The factors of R rows of the left matrix, `stride` apart, and the sums that they go to, `step` apart.
struct ThinSums {
  const float *factors;
  int64_t stride;
  float *sums;
  int64_t step;
};

/// Right matrices of at most so many columns are read a few columns at a time, with the sums in registers.
constexpr int64_t narrowColumns = 256;

/// Computes the sums of V vectors of columns, from `column` on, and all rows. Rows that are read at once come from distant parts.
template <int64_t R, int64_t V, typename E>
static void sumVectors(const RightRows<E> &right, int64_t depth, int64_t column, const ThinSums &to) {
  constexpr int64_t width = int64_t(lanes), streams = 4;
  FloatVector sum[R][V];
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < V; ++v)
      sum[r][v] = hn::Zero(FloatTag());
  auto add = [&](int64_t k, const E *from) {
    FloatVector factor[R];
    for (int64_t r = 0; r < R; ++r)
      factor[r] = hn::Set(FloatTag(), to.factors[r * to.stride + k]);
    for (int64_t v = 0; v < V; ++v) {
      if (v * width * int64_t(sizeof(E)) % 64 == 0)
        hwy::Prefetch(reinterpret_cast<const char *>(from + v * width) + prefetchAhead);
      FloatVector row = load(from + v * width);
      for (int64_t r = 0; r < R; ++r)
        sum[r][v] = hn::MulAdd(factor[r], row, sum[r][v]);
    }
  };
  int64_t apart = depth / streams, stride = right.rowStride();
  for (int64_t k = 0; k < apart;) {
    const E *from[streams];
    int64_t together = apart - k; // until a stream comes to the end of a part
    for (int64_t n = 0; n < streams; ++n) {
      auto [row, left] = right.at(n * apart + k);
      from[n] = row + column;
      together = std::min(together, left);
    }
    for (int64_t i = 0; i < together; ++i, ++k)
      for (int64_t n = 0; n < streams; ++n)
        add(n * apart + k, from[n] + i * stride);
  }
  for (int64_t k = streams * apart; k < depth; ++k)
    add(k, right.at(k).first + column);
  for (int64_t r = 0; r < R; ++r)
    for (int64_t v = 0; v < V; ++v)
      store(sum[r][v], to.sums + r * to.step + column + v * width);
}

/// Computes the sums of columns [column, columns) of rows that are read in order.
template <int64_t R, typename E>
static void sumInOrder(const RightRows<E> &right, int64_t depth, int64_t column, int64_t columns, const ThinSums &to) {
  constexpr int64_t K = atOnce<R>;
  float *sums = to.sums + column;
  for (int64_t r = 0; r < R; ++r)
    std::fill_n(sums + r * to.step, columns - column, 0.f);
  for (int64_t k = 0; k < depth;) {
    auto [row, left] = right.at(k);
    if (left >= K) {
      axpy<R, K>(to.factors + k, to.stride, row + column, right.rowStride(), columns - column, sums, to.step);
      k += K;
    } else {
      axpy<R, 1>(to.factors + k, to.stride, row + column, 0, columns - column, sums, to.step);
      ++k;
    }
  }
}

/// The same by V vectors of columns at a time, then by half of that, and so on.
template <int64_t R, int64_t V, typename E>
static void sumNarrow(const RightRows<E> &right, int64_t depth, int64_t column, int64_t columns, const ThinSums &to) {
  for (; column + V * int64_t(lanes) <= columns; column += V * int64_t(lanes))
    sumVectors<R, V>(right, depth, column, to);
  if constexpr (V > 1)
    sumNarrow<R, V / 2>(right, depth, column, columns, to);
  else if (column < columns)
    sumInOrder<R>(right, depth, column, columns, to);
}

/// A tile of few rows: the right matrix is read where it is, once.
template <int64_t R> static void multiplyFewRows(const Tile &tile, Scratch &scratch) {
  const Products &products = *tile.products;
  Matrix from = products.left.from(tile.place.left), right = products.right.from(tile.place.right);
  int64_t depth = products.depth, stride = int64_t(padded(size_t(tile.columns)));
  float *left = Scratch::atLeast(scratch.left, size_t(R * depth));
  float *sums = Scratch::atLeast(scratch.sums, size_t(R * stride));
  visit(from.floats, [&](auto *floats) {
    for (int64_t r = 0; r < R; ++r)
      if (from.columnStride == 1)
        widen(floats + (tile.row + r) * from.rowStride, size_t(depth), left + r * depth);
      else
        for (int64_t k = 0; k < depth; ++k)
          left[r * depth + k] = toFloat(floats[(tile.row + r) * from.rowStride + k * from.columnStride]);
  });
  if (products.made) {
    float *line = Scratch::atLeast(scratch.line, size_t(stride));
    std::fill_n(sums, R * stride, 0.f);
    for (int64_t k = 0; k < depth; ++k) {
      products.made->row(tile.place.right, k, tile.column, tile.columns, line);
      axpy<R, 1>(left + k, depth, line, 0, tile.columns, sums, stride);
    }
  } else {
    visit(products.parts.empty() ? right.floats : products.parts[0].floats, [&](auto *floats) {
      if (right.rowStride == 1) {
        auto *runs = floats + tile.column * right.columnStride;
        if (right.columnStride == depth)
          if (auto *read = readRight(products, tile.place.right + tile.column * depth, tile.columns * depth, scratch))
            runs = static_cast<decltype(runs)>(read);
        dots<R>(left, depth, runs, right.columnStride, tile.columns, depth, sums, stride);
        return;
      }
      RightRows rows(tile, floats);
      ThinSums to{left, depth, sums, stride};
      if (products.columns <= narrowColumns)
        sumNarrow<R, 8 / R>(rows, depth, 0, tile.columns, to);
      else
        sumInOrder<R>(rows, depth, 0, tile.columns, to);
    });
  }
  for (int64_t r = 0; r < R; ++r)
    finishRow(tile, tile.row + r, sums + r * stride);
}

void multiplyThinTile(const Tile &tile, Scratch &scratch) {
  static_assert(fewRows == 4);
  switch (tile.rows) {
  case 1:
    return multiplyFewRows<1>(tile, scratch);
  case 2:
    return multiplyFewRows<2>(tile, scratch);
  case 3:
    return multiplyFewRows<3>(tile, scratch);
  case 4:
    return multiplyFewRows<4>(tile, scratch);
  }
}

} // namespace mil::fast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mil::fast {
HWY_EXPORT(multiplyThinTile);

void multiplyThin(const Tile &tile, Scratch &scratch) { HWY_DYNAMIC_DISPATCH(multiplyThinTile)(tile, scratch); }
} // namespace mil::fast
#endif
