// Pools: what a window over the spatial dimensions of x [N, C, D…] sees, as one number.

#include "Definition.h"
#include "Families.h"
#include "Windows.h"
#include "mil/Ops/DiagnosticKinds.h"
#include <cmath>

namespace mil {

/// Rounding the number of positions up is for one or two spatial dimensions, with pads that are the same on both sides.
static bool checkCeilMode(const Args &a, const Windows &windows) {
  if (windows.each.size() > 2)
    a.failValue("ceil_mode", "false for three spatial dimensions");
  else if (windows.padding == shapes::Padding::Same || windows.padding == shapes::Padding::SameLower)
    a.failValue("pad_type", "\"valid\" or \"custom\" when ceil_mode is true");
  else if (llvm::any_of(windows.each, [](const shapes::Window &window) { return window.padBefore != window.padAfter; }))
    a.failValue("pad", "as much before as after when ceil_mode is true");
  else
    return true;
  return false;
}

static Inferred inferPool(const Args &a) {
  Arg x = a["x"];
  if (!checkSpatial(a))
    return a.failed();
  std::optional<Dims> sizes = a.integers("kernel_sizes");
  if (!sizes)
    return a.unknown();
  if (sizes->size() != x.rank() - 2)
    return a.fail(diag::ArgumentCount, "kernel_sizes", std::to_string(x.rank() - 2) + " elements", std::to_string(sizes->size()));
  if (llvm::any_of(*sizes, [](int64_t size) { return size < 1; }))
    return a.failValue("kernel_sizes", "elements of at least 1");
  WindowsOr read = readWindows(a, *sizes, false);
  if (!read.windows)
    return read.failed ? Inferred(a.failed()) : a.unknown();
  bool ceil = a.flag("ceil_mode");
  if (ceil && !checkCeilMode(a, *read.windows))
    return a.failed();

  Dims dims(x.dims().take_front(2));
  for (size_t i = 0; i < sizes->size(); ++i) {
    int64_t in = x.dims()[2 + i];
    if (in == shapes::unknown) {
      dims.push_back(in);
      continue;
    }
    std::optional<shapes::Window> window = shapes::padded(read.windows->each[i], read.windows->padding, in);
    std::optional<int64_t> out;
    if (window)
      out = ceil ? shapes::windowPositionsCeil(in, *window) : shapes::windowPositions(in, *window);
    if (!out)
      return a.failShape("x", "a dimension " + std::to_string(2 + i) + " that the window fits into");
    dims.push_back(*out);
  }
  return a.tensor(x.dtype(), dims);
}

namespace {
/// What a window sees of one dimension at one position, and how many elements it covers with the padding.
struct Seen {
  int64_t begin, end, covered;
};
} // namespace

static std::vector<Seen> seenAlong(const shapes::Window &window, int64_t positions, int64_t size) {
  std::vector<Seen> seen;
  for (int64_t p = 0; p < positions; ++p) {
    int64_t start = p * window.stride - window.padBefore, end = start + window.size;
    seen.push_back({std::max<int64_t>(0, start), std::min(end, size), std::min(end, size + window.padAfter) - start});
  }
  return seen;
}

/// f(elements that a window sees, number of elements that it covers) at every position; f is given a function that visits the elements.
template <typename F> static Folded pool(const Args &a, F f) {
  std::optional<Tensor> x = a.tensor("x");
  std::optional<Dims> sizes = a.integers("kernel_sizes");
  WindowsOr read = sizes ? readWindows(a, *sizes, false) : WindowsOr();
  if (!x || !read.windows)
    return {};
  llvm::ArrayRef<int64_t> in = x->dims().drop_front(2), out = a.resultType().dims().drop_front(2);
  std::vector<Seen> along[3] = {{{0, 1, 1}}, {{0, 1, 1}}, {{0, 1, 1}}}; // missing dimensions come first
  int64_t under[3] = {1, 1, 1}, positions = 1;
  for (size_t i = 0; i < in.size(); ++i) {
    std::optional<shapes::Window> window = shapes::padded(read.windows->each[i], read.windows->padding, in[i]);
    if (!window)
      return {};
    along[3 - in.size() + i] = seenAlong(*window, out[i], in[i]);
    under[3 - in.size() + i] = in[i];
    positions *= out[i];
  }
  Tensor result(a.resultDType(), a.resultType().dims());
  std::vector<double> plane(size_t(under[0] * under[1] * under[2])), pooled;
  for (int64_t n = 0; n < x->dim(0) * x->dim(1); ++n) {
    x->read(n * int64_t(plane.size()), llvm::MutableArrayRef(plane));
    pooled.clear();
    for (const Seen &i : along[0])
      for (const Seen &j : along[1])
        for (const Seen &k : along[2])
          pooled.push_back(f(
              [&](auto visit) {
                for (int64_t p = i.begin; p < i.end; ++p)
                  for (int64_t q = j.begin; q < j.end; ++q)
                    for (int64_t r = k.begin; r < k.end; ++r)
                      visit(plane[size_t((p * under[1] + q) * under[2] + r)]);
              },
              double(i.covered * j.covered * k.covered)));
    result.write(n * positions, llvm::ArrayRef<double>(pooled));
  }
  return result;
}

static Folded evaluateMaxPool(const Args &a) {
  return pool(a, [](auto forEach, double) {
    double most = -INFINITY;
    forEach([&](double value) { most = value > most || std::isnan(value) ? value : most; }); // NaN wins
    return most;
  });
}

static Folded evaluateL2Pool(const Args &a) {
  return pool(a, [](auto forEach, double) {
    double sum = 0;
    forEach([&](double value) { sum += value * value; });
    return std::sqrt(sum);
  });
}

static Folded evaluateAvgPool(const Args &a) {
  bool excludesPadding = a.flag("exclude_padding_from_average");
  return pool(a, [&](auto forEach, double covered) {
    double sum = 0, count = 0;
    forEach([&](double value) { sum += value, count += 1; });
    return sum / (excludesPadding ? count : covered);
  });
}

static Inferred inferL2Pool(const Args &a) {
  if (a["x"].rank() > 4)
    return a.failRank("x", "3 or 4");
  return inferPool(a);
}

/// What all pools take, but the padding "same_lower" that came with iOS16.
static Op &poolParameters(Op &op) {
  return op.in("x", T)
      .in("kernel_sizes", int32, constant)
      .in("strides", int32, constant, onesPerSpatialDim())
      .in("pad_type", string, constant, oneOf("valid", "custom", "same"))
      .in("pad", int32, constant, zeroPadsPerSpatialDim())
      .in("ceil_mode", boolean, constant, dflt(false))
      .where(T, {fp16, fp32});
}

static void withSameLower(Op &op) { op.from(iOS16).in("pad_type", string, constant, oneOf("valid", "custom", "same", "same_lower")); }

void ops::definePool(Catalogue &catalogue) {
  OpFamily op(catalogue, "pool");

  Op maxPool = op("max_pool", iOS15);
  withSameLower(poolParameters(maxPool.summary("the maximum of the elements in each window, without padding"))
                    .infer(inferPool)
                    .evaluate(evaluateMaxPool));

  Op l2Pool = op("l2_pool", iOS15);
  withSameLower(poolParameters(l2Pool.summary("√Σ x² of the elements in each window")).infer(inferL2Pool).evaluate(evaluateL2Pool));

  Op avgPool = op("avg_pool", iOS15);
  avgPool.summary("the mean of the elements in each window, with or without padding")
      .in("exclude_padding_from_average", boolean, constant, dflt(false));
  withSameLower(poolParameters(avgPool).infer(inferPool).evaluate(evaluateAvgPool));
}

} // namespace mil
