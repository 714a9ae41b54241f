#include "mil/Ops/Sampling.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mil;

Grid mil::samplingGrid(llvm::StringRef mode, double in, int64_t out, double start) {
  Grid grid(static_cast<size_t>(out));
  double sizes = double(out);
  auto fill = [&](auto position) {
    for (size_t i = 0; i < grid.size(); ++i)
      grid[i] = start + position(double(i));
  };
  if (mode.ends_with("ALIGN_CORNERS") && mode != "UNALIGN_CORNERS") {
    if (out == 1)
      fill([&](double) { return mode == "ALIGN_CORNERS" ? (in - 1) / 2 : 0; });
    else
      fill([&](double i) { return i * (in - 1) / (sizes - 1); });
  } else if (mode == "OFFSET_CORNERS") {
    fill([&](double i) { return (i + 0.5) * std::max(1.0, in - 1) / sizes; });
  } else if (mode == "UNALIGN_CORNERS") {
    fill([&](double i) { return (i + 0.5) * in / sizes - 0.5; });
  } else {
    fill([&](double i) { return i * in / sizes; });
  }
  return grid;
}

Tensor mil::sampleLinearly(const Tensor &x, size_t axis, const Grid &grid, DType type) {
  Tensor::Dims dims(x.dims());
  int64_t size = dims[axis];
  dims[axis] = int64_t(grid.size());
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < x.rank(); ++i)
    (i < axis ? outer : i > axis ? inner : size) *= i == axis ? 1 : x.dims()[i];
  Tensor result(type, dims);
  if (result.count() == 0 || size == 0)
    return result;
  std::vector<double> from(size_t(size * inner)), row(static_cast<size_t>(inner));
  for (int64_t o = 0; o < outer; ++o) {
    x.read(o * size * inner, llvm::MutableArrayRef(from));
    for (size_t i = 0; i < grid.size(); ++i) {
      double place = std::clamp(grid[i], 0.0, double(size - 1));
      int64_t low = int64_t(place), high = std::min(low + 1, size - 1);
      double share = place - double(low);
      const double *first = from.data() + low * inner, *second = from.data() + high * inner;
      for (size_t k = 0; k < row.size(); ++k)
        row[k] = share == 0 ? first[k] : first[k] * (1 - share) + second[k] * share;
      result.write((o * int64_t(grid.size()) + int64_t(i)) * inner, llvm::ArrayRef<double>(row));
    }
  }
  return result;
}

std::vector<int64_t> mil::nearestElements(const Grid &grid, int64_t size, bool down) {
  std::vector<int64_t> indices;
  for (double place : grid)
    indices.push_back(
        std::clamp<int64_t>(int64_t(down ? std::ceil(place - 0.5) : std::floor(place + 0.5)), 0, std::max<int64_t>(0, size - 1)));
  return indices;
}

double Plane::bilinear(double row, double column) const {
  double top = std::floor(row), left = std::floor(column), down = row - top, right = column - left;
  int64_t r = int64_t(top), c = int64_t(left);
  auto weighted = [&](int64_t i, int64_t j, double weight) { return weight == 0 ? 0 : weight * at(i, j); };
  return weighted(r, c, (1 - down) * (1 - right)) + weighted(r, c + 1, (1 - down) * right) + weighted(r + 1, c, down * (1 - right)) +
         weighted(r + 1, c + 1, down * right);
}
