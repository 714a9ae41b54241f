// Resizing of images, in the last two dimensions of x unless an op is defined otherwise. None of the image operations is folded.

#include "Families.h"
#include "ImageOps.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Sampling.h"
#include <cmath>

namespace mil {

bool checkRankAtLeast(const Args &a, size_t least) {
  if (a["x"].rank() < least)
    a.failRank("x", std::to_string(least) + " or more");
  return a["x"].rank() >= least;
}

bool appendSizes(const Args &a, Dims &dims, llvm::StringRef height, llvm::StringRef width) {
  for (llvm::StringRef parameter : {height, width}) {
    int64_t size = a.integer(parameter).value_or(shapes::unknown);
    if (size != shapes::unknown && size < 1) {
      a.failValue(parameter, "1 or more");
      return false;
    }
    dims.push_back(size);
  }
  return true;
}

// ---- To a size, by a factor -------------------------------------------------

static Inferred inferToSize(const Args &a) {
  if (!checkRankAtLeast(a, 3))
    return a.failed();
  Dims dims(a["x"].dims().drop_back(2));
  if (!appendSizes(a, dims, "target_size_height", "target_size_width"))
    return a.failed();
  return a.tensor(a["x"].dtype(), dims);
}

static Inferred inferByFactor(const Args &a) {
  if (!checkRankAtLeast(a, 3))
    return a.failed();
  Dims dims(a["x"].dims());
  for (auto [parameter, fromEnd] : {std::pair("scale_factor_height", 2), std::pair("scale_factor_width", 1)}) {
    int64_t &dim = dims.end()[-fromEnd];
    std::optional<double> factor = a.number(parameter);
    if (!factor)
      dim = shapes::unknown;
    if (dim == shapes::unknown)
      continue;
    double size = std::floor(*factor * double(dim));
    if (!(*factor > 0) || !(size >= 1) || !(size < 0x1p63))
      return a.failValue(parameter, "a positive factor that leaves at least one and less than 2^63 elements");
    dim = int64_t(size);
  }
  return a.tensor(a["x"].dtype(), dims);
}

/// The last two dimensions sampled linearly.
static Resampling linearly(const Args &a, llvm::StringRef mode) {
  Resampling resampling;
  llvm::ArrayRef<int64_t> from = a["x"].dims(), to = a.resultType().dims();
  for (size_t axis : {from.size() - 2, from.size() - 1})
    resampling.axes.push_back({axis, samplingGrid(mode, double(from[axis]), to[axis]), {}});
  return resampling;
}

/// Element i of O is element ⌊i · I / O⌋ of I, in the last two dimensions.
static Resampling byRepeating(const Args &a) {
  Resampling resampling;
  resampling.isNearest = true;
  llvm::ArrayRef<int64_t> from = a["x"].dims(), to = a.resultType().dims();
  for (size_t axis : {from.size() - 2, from.size() - 1}) {
    std::vector<int64_t> indices;
    indices.reserve(size_t(to[axis]));
    for (int64_t i = 0; i < to[axis]; ++i)
      indices.push_back(std::min(int64_t(double(i) * double(from[axis]) / double(to[axis])), from[axis] - 1));
    resampling.axes.push_back({axis, {}, std::move(indices)});
  }
  return resampling;
}

static Resampling upsamplingOf(const Args &a) {
  bool aligned = a.flag("align_corners"), half = !aligned;
  if (a.version().parameter("half_pixel_centers") && a["half_pixel_centers"])
    half = a.flag("half_pixel_centers");
  return linearly(a, aligned ? "ALIGN_CORNERS" : half ? "UNALIGN_CORNERS" : "DEFAULT");
}

// ---- resize -----------------------------------------------------------------

/// The last `resized_dims` elements of shape are the sizes of as many last dimensions; 0 keeps one.
static Inferred inferResize(const Args &a) {
  Arg x = a["x"], shape = a["shape"];
  if (!checkRank(a, "shape", 1))
    return a.failed();
  std::optional<int64_t> count = a.integer("resized_dims");
  if (!count)
    return a.unknown();
  int64_t length = shape.dim(0);
  if (length != shapes::unknown && length > int64_t(x.rank()))
    return a.failShape("shape", "at most " + std::to_string(x.rank()) + " elements, one for each dimension of x");
  if (*count > (length == shapes::unknown ? int64_t(x.rank()) : length))
    return a.failValue("resized_dims", "at most the number of elements of shape");
  std::optional<Dims> sizes = a.integers("shape");
  if (sizes && llvm::any_of(*sizes, [](int64_t size) { return size < 0; }))
    return a.failValue("shape", "sizes that are not negative");
  Dims dims(x.dims());
  for (int64_t fromEnd = 1; fromEnd <= *count; ++fromEnd) {
    int64_t &dim = dims.end()[-fromEnd];
    if (!sizes)
      dim = shapes::unknown;
    else if (int64_t size = sizes->end()[-fromEnd])
      dim = size;
  }
  return a.tensor(x.dtype(), dims);
}

/// Of `resize`.
static std::optional<Resampling> resizingOf(const Args &a) {
  std::optional<int64_t> count = a.integer("resized_dims");
  std::optional<llvm::StringRef> mode = a.string("sampling_mode"), interpolation = a.string("interpolation_mode");
  if (!count || !mode || !interpolation)
    return std::nullopt;
  Resampling resampling;
  resampling.isNearest = *interpolation == "NEAREST_NEIGHBOR";
  llvm::ArrayRef<int64_t> from = a["x"].dims(), to = a.resultType().dims();
  for (size_t axis = from.size() - size_t(*count); axis < from.size(); ++axis) {
    Grid grid = samplingGrid(*mode, double(from[axis]), to[axis]);
    if (resampling.isNearest)
      resampling.axes.push_back({axis, {}, nearestElements(grid, from[axis], *mode == "DEFAULT")});
    else
      resampling.axes.push_back({axis, std::move(grid), {}});
  }
  return resampling;
}

std::optional<Resampling> resamplingOf(const Args &a) {
  llvm::StringRef op = a.version().op;
  if (op == "resize")
    return resizingOf(a);
  if (op == "upsample_nearest_neighbor" || op == "resize_nearest_neighbor")
    return byRepeating(a);
  return op == "upsample_bilinear" ? upsamplingOf(a) : linearly(a, a.string("sampling_mode").value_or("DEFAULT"));
}

static Folded evaluateResampling(const Args &a) {
  std::optional<Tensor> x = a.tensor("x");
  if (llvm::is_contained(a.resultType().dims(), 0)) // the other sizes may be so large that a grid doesn't fit into memory
    return Tensor(a.resultDType(), a.resultType().dims());
  if (!a.resultType().elementCount())
    return {};
  std::optional<Resampling> resampling = resamplingOf(a);
  if (!x || !resampling)
    return {};
  Tensor result = *x;
  for (const Resampling::Axis &each : resampling->axes)
    result = resampling->isNearest ? take(result, each.axis, each.nearest) : sampleLinearly(result, each.axis, each.grid, DType::Float64);
  return convert(result, a.resultDType());
}

// ---- Definitions ------------------------------------------------------------

static void defineResizes(OpFamily &op) {
  op("resize_bilinear", iOS15)
      .summary("x resized by linear interpolation")
      .in("x", T)
      .in("target_size_height", int32, constant, dflt(1))
      .in("target_size_width", int32, constant, dflt(1))
      .in("sampling_mode", string, constant, dflt("DEFAULT"), samplingModes())
      .where(T, {fp16, fp32})
      .infer(inferToSize)
      .evaluate(evaluateResampling);

  op("resize_nearest_neighbor", iOS15)
      .summary("x resized by nearest neighbour: element i of O is element ⌊i · I / O⌋ of I")
      .in("x", T)
      .in("target_size_height", int32, constant, scalar)
      .in("target_size_width", int32, constant, scalar)
      .where(T, {fp16, fp32})
      .infer(inferToSize)
      .evaluate(evaluateResampling)
      .movesElements();

  op("upsample_nearest_neighbor", iOS15)
      .summary("x enlarged by factors with repeated elements")
      .in("x", T)
      .in("scale_factor_height", U, constant, dflt(1))
      .in("scale_factor_width", U, constant, dflt(1))
      .where(T, {fp16, fp32})
      .where(U, {int32, fp32})
      .infer(inferByFactor)
      .evaluate(evaluateResampling)
      .movesElements();

  // The factors are computed again from the sizes, which are rounded down.
  op("upsample_bilinear", iOS15)
      .summary("x enlarged by factors with linear interpolation")
      .in("x", T)
      .in("scale_factor_height", U, constant, dflt(1))
      .in("scale_factor_width", U, constant, dflt(1))
      .in("align_corners", boolean, constant, dflt(true))
      .where(T, {fp16, fp32})
      .where(U, {int32, fp32})
      .infer(inferByFactor)
      .evaluate(evaluateResampling)
      .from(iOS16)
      .in("half_pixel_centers", boolean, constant, optional, scalar); // absent: the opposite of align_corners

  op("resize", iOS17)
      .summary("x with its last resized_dims dimensions resized to the last sizes in shape; 0 keeps a size")
      .in("x", T)
      .in("shape", U)
      .in("resized_dims", uint32, constant, scalar)
      .in("interpolation_mode", string, constant, dflt("LINEAR"), oneOf("LINEAR", "NEAREST_NEIGHBOR"))
      .in("sampling_mode", string, constant, dflt("DEFAULT"), samplingModes())
      .where(T, {fp16, fp32, int32})
      .where(U, {int32, int16, uint16, uint32})
      .infer(inferResize)
      .evaluate(evaluateResampling);
}

void ops::defineImageResizing(Catalogue &catalogue) {
  OpFamily op(catalogue, "image_resizing");
  defineResizes(op);
  defineCrops(op);
  defineImageSampling(op);
}

} // namespace mil
