// Pools: what a window over the spatial dimensions of x [N, C, D…] sees, as one number.

#include "Definition.h"
#include "Families.h"
#include "Windows.h"
#include "mil/Ops/DiagnosticKinds.h"

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
    return a.fail(diag::ArgumentShape, "kernel_sizes", std::to_string(x.rank() - 2) + " elements", std::to_string(sizes->size()));
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
  withSameLower(poolParameters(maxPool.says("the greatest element that the window sees; padding never counts")).infer(inferPool));

  Op l2Pool = op("l2_pool", iOS15);
  withSameLower(poolParameters(l2Pool.says("√Σ x² of the elements that the window sees")).infer(inferL2Pool));

  Op avgPool = op("avg_pool", iOS15);
  avgPool.says("the mean of the elements that the window sees, with or without those of the padding")
      .in("exclude_padding_from_average", boolean, constant, dflt(false));
  withSameLower(poolParameters(avgPool).infer(inferPool));
}

} // namespace mil
