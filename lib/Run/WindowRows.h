// The elements of images that the windows of a convolution cover, as a matrix: rows are elements of the window in each channel, columns are
// positions.
#pragma once

#include "ProductShapes.h"
#include <algorithm>
#include <cstring>

namespace mil::fast {

/// Copies a run that is usually short, in pieces that overlap at its end.
template <typename T> void copyRun(const T *from, int64_t count, T *to) {
  if (count >= 8) {
    for (int64_t i = 0; i + 8 < count; i += 8)
      std::memcpy(to + i, from + i, 8 * sizeof(T));
    std::memcpy(to + count - 8, from + count - 8, 8 * sizeof(T));
  } else if (count >= 4) {
    std::memcpy(to, from, 4 * sizeof(T));
    std::memcpy(to + count - 4, from + count - 4, 4 * sizeof(T));
  } else {
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i];
  }
}

class WindowRows {
public:
  explicit WindowRows(const Geometry &geometry) : g(geometry) {}

  /// Writes elements (row, column) … (row, column + count - 1) of the matrix of the image that begins at element `start`; they are 0
  /// outside the image. copy(at, stride, count, out) copies `count` elements of the images, starting at number `at`.
  template <typename T, typename Copy> void read(int64_t start, int64_t row, int64_t column, int64_t count, T *out, Copy copy) const {
    const shapes::Window *w = g.windows;
    int64_t tap = row % g.taps(), a = tap / (w[1].size * w[2].size), b = tap / w[2].size % w[1].size, c = tap % w[2].size;
    int64_t plane = start + row / g.taps() * g.inSize();
    int64_t along = column % g.out[2], line = column / g.out[2];
    int64_t q = line % g.out[1]; // of the lines of a plane
    int64_t i = line / g.out[1] * w[0].stride + a * w[0].dilation - w[0].padBefore,
            j = q * w[1].stride + b * w[1].dilation - w[1].padBefore;
    Span inside = spanOf(c * w[2].dilation - w[2].padBefore);
    for (int64_t run; count > 0; count -= run, out += run, along = 0) {
      run = std::min(count, g.out[2] - along);
      if (i < 0 || i >= g.in[0] || j < 0 || j >= g.in[1])
        std::fill_n(out, run, T(0));
      else
        readLine(plane + (i * g.in[1] + j) * g.in[2], inside, along, run, out, copy);
      j += w[1].stride;
      if (++q == g.out[1]) {
        q = 0, j = b * w[1].dilation - w[1].padBefore;
        i += w[0].stride;
      }
    }
  }

private:
  /// The positions of a line at which an element of the window is inside the image, and its offset at position 0.
  struct Span {
    int64_t begin, end, first;
  };
  Span spanOf(int64_t first) const {
    int64_t stride = g.windows[2].stride, size = g.in[2];
    int64_t begin = first < 0 ? (-first + stride - 1) / stride : 0, end = first >= size ? 0 : (size - 1 - first) / stride + 1;
    return {begin, std::max(begin, std::min(end, g.out[2])), first};
  }

  /// Writes the elements of the line of the image that begins at `start` that this element of the window covers at positions [along, along
  /// + count).
  template <typename T, typename Copy>
  void readLine(int64_t start, const Span &inside, int64_t along, int64_t count, T *out, Copy copy) const {
    int64_t stride = g.windows[2].stride;
    int64_t begin = std::clamp<int64_t>(inside.begin - along, 0, count), end = std::clamp<int64_t>(inside.end - along, begin, count);
    for (int64_t i = 0; i < begin; ++i)
      out[i] = 0;
    for (int64_t i = end; i < count; ++i)
      out[i] = 0;
    if (begin != end)
      copy(start + inside.first + (along + begin) * stride, stride, end - begin, out + begin);
  }

  const Geometry &g;
};

} // namespace mil::fast
