#include "ProductTiles.h"
#include "Elementwise.h"
#include "llvm/Support/Errno.h"
#include <unistd.h>

namespace mil::fast {

constexpr int64_t rowUnit = 12; ///< a multiple of what any instruction set computes at once, as columnUnit is
constexpr int64_t enough = 8;   ///< tiles for several threads
static_assert(tileRows % rowUnit == 0 && tileColumns % columnUnit == 0);

bool isThin(const Products &products) {
  return products.rows <= fewRows && (products.made || products.right.rowStride == 1 || products.right.columnStride == 1);
}

const void *readRight(const Products &products, int64_t first, int64_t count, Scratch &scratch) {
  constexpr size_t most = 1 << 20;
  const Blob::FileRange &file = products.rightFile;
  size_t width = sizeOf(products.right.floats.format), size = size_t(count) * width;
  if (!file.isKnown() || size > most)
    return nullptr;
  void *memory = Scratch::atLeast(scratch.right, (size + sizeof(float) - 1) / sizeof(float));
  off_t offset = off_t(file.offset + uint64_t(first) * width);
  bool isRead = llvm::sys::RetryAfterSignal(-1, ::pread, file.descriptor, memory, size, offset) == ssize_t(size);
  return isRead ? memory : nullptr;
}

void finishRow(const Tile &tile, int64_t row, float *sums) {
  const Products &products = *tile.products;
  int64_t columns = tile.columns, at = tile.place.result + row * products.rowStride + tile.column;
  if (products.scale != 1)
    for (int64_t c = 0; c < columns; ++c)
      sums[c] *= products.scale;
  if (products.finish)
    (*products.finish)(at, llvm::MutableArrayRef<float>(sums, size_t(columns)));
  narrowRun(sums, size_t(columns), products.results.from(at));
}

/// Tiles as wide as the result, for a right matrix that has been laid out.
static Tiling tilingOfRows(const Products &products) {
  constexpr int64_t leastRows = 48;
  int64_t least = (products.rows + tileRows - 1) / tileRows, most = std::max(least, products.rows / leastRows);
  return {{products.rows, rowUnit, std::clamp(enough / int64_t(products.each.size()), least, most)}, {products.columns, columnUnit, 1}};
}

/// Few rows: enough columns to make a task worthwhile, and, of rows that are read in order, long runs of memory.
static Tiling thinTilingOf(const Products &products) {
  bool byColumns = !products.made && products.right.rowStride == 1;
  int64_t elements = products.rightFile.isKnown() ? 1 << 17 : 1 << 16; // fewer calls of the system
  int64_t columns = std::max<int64_t>(byColumns ? 16 : 256, elements / std::max<int64_t>(1, products.depth) / 16 * 16);
  columns = std::min(columns, int64_t(4096));
  return {{products.rows, std::max<int64_t>(1, products.rows), 1}, {products.columns, columns, (products.columns + columns - 1) / columns}};
}

/// Tiles of about the same size, and enough of them for several threads where they are large: a tile lays out all of the right matrix that
/// it needs, so it isn't cut into too few rows.
Tiling tilingOf(const Products &products) {
  constexpr int64_t leastRows = 120, leastColumns = 96, leastProducts = 1 << 20;
  auto partsOf = [](int64_t size, int64_t most) {
    int64_t parts = std::max<int64_t>(1, (size + most - 1) / most);
    return parts > 2 ? (parts + 1) / 2 * 2 : parts; // even: most machines have two, four, eight processors
  };
  if (isThin(products))
    return thinTilingOf(products);
  if (products.panels)
    return tilingOfRows(products);
  Tiling tiling{{products.rows, rowUnit, partsOf(products.rows, tileRows)},
                {products.columns, columnUnit, partsOf(products.columns, tileColumns)}};
  auto work = [&] { return double(tiling.rows.longest()) * double(tiling.columns.longest()) * double(products.depth); };
  while (int64_t(products.each.size() * tiling.tiles()) < enough && work() >= 2 * leastProducts) {
    if (tiling.rows.longest() >= 2 * leastRows)
      tiling.rows.parts *= 2;
    else if (tiling.columns.longest() >= 2 * leastColumns)
      tiling.columns.parts *= 2;
    else
      break;
  }
  return tiling;
}

uint64_t panelBytes(const Products &products) {
  constexpr int64_t leastRows = 96, most = 8 << 20;
  int64_t bytes = products.depth * wholePanels(products.columns) * int64_t(sizeof(float));
  bool isCut = products.rows >= leastRows && products.columns <= tileColumns && int64_t(products.each.size()) < enough;
  return isCut && !isThin(products) && bytes <= most ? uint64_t(bytes) : 0;
}

} // namespace mil::fast
