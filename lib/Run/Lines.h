// Operands that are broadcast to a result, one line at a time. A line is a run of contiguous elements of the result for which each operand
// has contiguous elements or a single one.
//
//   Lines<2> lines(resultDims, {xDims, yDims});
//   lines.forEach(threads, [&](const Lines<2>::Line &line) {
//     for (int64_t i = 0; i < line.count; ++i)
//       out[line.at + i] = x[line.from[0] + i * line.step[0]] + y[line.from[1] + i * line.step[1]];
//   });
#pragma once

#include "mil/Run/ThreadPool.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <array>

namespace mil::fast {

template <size_t N> class Lines {
public:
  struct Line {
    int64_t at, count;                 ///< in the result
    std::array<int64_t, N> from, step; ///< in the operands; steps are 0 or 1
  };

  Lines(llvm::ArrayRef<int64_t> result, const std::array<llvm::ArrayRef<int64_t>, N> &operands) {
    std::array<int64_t, N> own;
    own.fill(1);
    for (size_t i = 0; i < result.size(); ++i) { // from the last dimension on
      std::array<int64_t, N> strides{};
      int64_t size = result[result.size() - 1 - i];
      for (size_t k = 0; k < N; ++k) {
        int64_t dim = i < operands[k].size() ? operands[k][operands[k].size() - 1 - i] : 1;
        strides[k] = dim == 1 ? 0 : own[k];
        own[k] *= dim;
      }
      add(size, strides);
    }
    if (dims.empty())
      dims.push_back({1, {}});
  }

  /// Calls visit(line) for all lines, on all threads; long lines are divided into pieces.
  template <typename F> void forEach(ThreadPool &threads, F visit) const {
    constexpr int64_t piece = 1 << 14;
    const Dim &last = dims.front();
    int64_t lines = 1, pieces = (last.size + piece - 1) / piece;
    for (const Dim &dim : llvm::ArrayRef(dims).drop_front())
      lines *= dim.size;
    int64_t together = std::max<int64_t>(1, piece / std::max<int64_t>(1, last.size)); // short lines
    threads.parallel(size_t((lines + together - 1) / together * pieces), [&](size_t part) {
      int64_t begin = int64_t(part) / pieces * together, first = int64_t(part) % pieces * piece;
      for (int64_t number = begin; number < std::min(lines, begin + together); ++number) {
        Line line{number * last.size + first, std::min(piece, last.size - first), {}, last.strides};
        for (size_t k = 0; k < N; ++k)
          line.from[k] = first * last.strides[k];
        int64_t rest = number;
        for (const Dim &dim : llvm::ArrayRef(dims).drop_front()) {
          for (size_t k = 0; k < N; ++k)
            line.from[k] += rest % dim.size * dim.strides[k];
          rest /= dim.size;
        }
        visit(line);
      }
    });
  }

private:
  struct Dim {
    int64_t size;
    std::array<int64_t, N> strides;
  };
  /// Adds the next outer dimension; it is combined with the previous one if all operands are contiguous there.
  void add(int64_t size, const std::array<int64_t, N> &strides) {
    if (size == 1)
      return;
    bool goesOn = !dims.empty();
    for (size_t k = 0; k < N && goesOn; ++k)
      goesOn = strides[k] == dims.back().strides[k] * dims.back().size;
    if (goesOn)
      dims.back().size *= size;
    else
      dims.push_back({size, strides});
  }
  llvm::SmallVector<Dim, 4> dims; ///< innermost first
};

} // namespace mil::fast
