// The second half of a transposed convolution: adds the products of each element of the image and the window at the position of the window.
#pragma once

#include "ProductShapes.h"

namespace mil::fast {

/// Adds one channel to `plane`, which has geometry.outSize() elements. `made` contains the product of each element of the window with each
/// element of the image: [taps, geometry.inSize()].
template <typename T> void addTransposedWindows(const Geometry &geometry, const T *made, T *plane) {
  const shapes::Window *w = geometry.windows;
  for (int64_t a = 0; a < w[0].size; ++a)
    for (int64_t b = 0; b < w[1].size; ++b)
      for (int64_t c = 0; c < w[2].size; ++c, made += geometry.inSize())
        for (int64_t p = 0; p < geometry.in[0]; ++p)
          for (int64_t q = 0; q < geometry.in[1]; ++q) {
            int64_t i = p * w[0].stride + a * w[0].dilation - w[0].padBefore, j = q * w[1].stride + b * w[1].dilation - w[1].padBefore;
            if (i < 0 || i >= geometry.out[0] || j < 0 || j >= geometry.out[1])
              continue;
            const T *from = made + (p * geometry.in[1] + q) * geometry.in[2];
            T *line = plane + (i * geometry.out[1] + j) * geometry.out[2];
            for (int64_t k = 0, to = c * w[2].dilation - w[2].padBefore; k < geometry.in[2]; ++k, to += w[2].stride)
              if (to >= 0 && to < geometry.out[2])
                line[to] += from[k];
          }
}

} // namespace mil::fast
