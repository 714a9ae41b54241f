#include "mil/Tensor/Convolve.h"

using namespace mil;

namespace {

/// A position, an element of the window there, and the element of the input under it.
struct Tap {
  int64_t position, kernel, under;
};

/// All taps of one dimension, without those that lie on padding.
std::vector<Tap> tapsOf(const shapes::Window &window, int64_t positions, int64_t size) {
  std::vector<Tap> taps;
  for (int64_t p = 0; p < positions; ++p)
    for (int64_t k = 0; k < window.size; ++k)
      if (int64_t under = p * window.stride + k * window.dilation - window.padBefore; under >= 0 && under < size)
        taps.push_back({p, k, under});
  return taps;
}

/// The taps of all spatial dimensions; missing ones have one.
struct Taps {
  std::vector<Tap> along[3];
  int64_t positions[3], kernel[3], under[3]; ///< sizes

  Taps(llvm::ArrayRef<shapes::Window> windows, llvm::ArrayRef<int64_t> positionDims, llvm::ArrayRef<int64_t> underDims) {
    for (size_t i = 0; i < 3; ++i) {
      bool isThere = i < windows.size();
      positions[i] = isThere ? positionDims[i] : 1;
      under[i] = isThere ? underDims[i] : 1;
      kernel[i] = isThere ? windows[i].size : 1;
      along[i] = isThere ? tapsOf(windows[i], positions[i], under[i]) : std::vector<Tap>{{0, 0, 0}};
    }
  }
  double count() const { return double(along[0].size()) * double(along[1].size()) * double(along[2].size()); }
  static int64_t flat(const int64_t (&sizes)[3], int64_t a, int64_t b, int64_t c) { return (a * sizes[1] + b) * sizes[2] + c; }

  /// Calls visit(position, kernel, under) with row-major indices.
  template <typename F> void forEach(F visit) const {
    for (const Tap &a : along[0])
      for (const Tap &b : along[1])
        for (const Tap &c : along[2])
          visit(flat(positions, a.position, b.position, c.position), flat(kernel, a.kernel, b.kernel, c.kernel),
                flat(under, a.under, b.under, c.under));
  }
};

std::vector<double> numbers(const Tensor &tensor) {
  std::vector<double> values(size_t(tensor.count()));
  tensor.read(0, values);
  return values;
}

/// The number of elements of one channel.
int64_t channelSize(llvm::ArrayRef<int64_t> dims) {
  int64_t size = 1;
  for (int64_t dim : dims.drop_front(2))
    size *= dim;
  return size;
}

std::optional<Tensor> compute(const Convolution &c, llvm::ArrayRef<int64_t> dims, DType result, bool transposed) {
  llvm::ArrayRef<int64_t> xDims = c.x.dims(), positions = transposed ? xDims : dims, under = transposed ? dims : xDims;
  int64_t batches = dims[0], inputs = xDims[1] / c.groups, outputs = dims[1] / c.groups;
  double products = double(batches) * double(c.groups) * double(inputs) * double(outputs);
  for (size_t i = 0; i < c.windows.size(); ++i) // before the taps are listed
    products *= double(positions[2 + i]) * double(c.windows[i].size);
  if (products > c.mostProducts)
    return std::nullopt;

  Taps taps(c.windows, positions.drop_front(2), under.drop_front(2));
  std::vector<double> x = numbers(c.x), weight = numbers(c.weight), bias = c.bias ? numbers(*c.bias) : std::vector<double>();
  Tensor sums(result, dims);
  std::vector<double> sum(size_t(channelSize(dims)));
  int64_t xSize = channelSize(xDims), weightSize = channelSize(c.weight.dims());
  for (int64_t n = 0; n < batches; ++n)
    for (int64_t out = 0; out < dims[1]; ++out) {
      int64_t group = out / outputs;
      std::fill(sum.begin(), sum.end(), bias.empty() ? 0 : bias[size_t(out)]);
      for (int64_t in = 0; in < inputs; ++in) {
        const double *from = x.data() + (n * xDims[1] + group * inputs + in) * xSize;
        int64_t slice = transposed ? (group * inputs + in) * outputs + out % outputs : out * inputs + in;
        const double *by = weight.data() + slice * weightSize;
        taps.forEach([&](int64_t position, int64_t kernel, int64_t element) {
          transposed ? sum[size_t(element)] += from[position] * by[kernel] : sum[size_t(position)] += from[element] * by[kernel];
        });
      }
      sums.write((n * dims[1] + out) * int64_t(sum.size()), llvm::ArrayRef<double>(sum));
    }
  return sums;
}

} // namespace

std::optional<Tensor> mil::convolve(const Convolution &convolution, llvm::ArrayRef<int64_t> dims, DType result) {
  return compute(convolution, dims, result, false);
}

std::optional<Tensor> mil::convolveTransposed(const Convolution &convolution, llvm::ArrayRef<int64_t> dims, DType result) {
  return compute(convolution, dims, result, true);
}
