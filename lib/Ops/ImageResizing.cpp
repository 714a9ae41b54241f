// Resampling of images, in the last two dimensions of x unless an op says otherwise. None of them is folded.

#include "Definition.h"
#include "Families.h"
#include "RankCheck.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Sampling.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

namespace mil {

/// Where elements are sampled: see Sampling.h.
static Trait samplingModes() { return oneOf("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS", "UNALIGN_CORNERS"); }
/// How the four numbers of a box are to be read.
static Trait boxModes() {
  return oneOf("CORNERS_HEIGHT_FIRST", "CORNERS_WIDTH_FIRST", "CENTER_SIZE_HEIGHT_FIRST", "CENTER_SIZE_WIDTH_FIRST");
}

static bool checkRankAtLeast(const Args &a, size_t least) {
  if (a["x"].rank() < least)
    a.failRank("x", std::to_string(least) + " or more");
  return a["x"].rank() >= least;
}

/// Appends the sizes that two parameters say; false, having said why, unless they are positive.
static bool appendSizes(const Args &a, Dims &dims, llvm::StringRef height, llvm::StringRef width) {
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
  if (llvm::is_contained(a.resultType().dims(), 0)) // whatever the other sizes are: a grid of them may be beyond all memory
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

// ---- crop, crop_resize ------------------------------------------------------

static Inferred inferCrop(const Args &a) {
  if (!checkRankAtLeast(a, 3))
    return a.failed();
  Dims dims(a["x"].dims());
  for (auto [parameter, fromEnd] : {std::pair("crop_height", 2), std::pair("crop_width", 1)}) {
    int64_t &dim = dims.end()[-fromEnd];
    std::optional<Dims> crop = a.integers(parameter);
    if (!crop) {
      dim = shapes::unknown;
      continue;
    }
    if (crop->size() != 2)
      return a.fail(diag::ArgumentCount, parameter, "2 elements, before and after", std::to_string(crop->size()));
    if ((*crop)[0] < 0 || (*crop)[1] < 0)
      return a.failValue(parameter, "elements that are not negative");
    if (dim == shapes::unknown)
      continue;
    if ((*crop)[0] >= dim || (*crop)[1] >= dim - (*crop)[0])
      return a.failValue(parameter, "less than the " + std::to_string(dim) + " elements of x there");
    dim -= (*crop)[0] + (*crop)[1];
  }
  return a.tensor(a["x"].dtype(), dims);
}

static Folded evaluateCrop(const Args &a) {
  std::optional<Tensor> x = a.tensor("x");
  std::optional<Dims> rows = a.integers("crop_height"), columns = a.integers("crop_width");
  if (!x || !rows || !columns)
    return {};
  Dims strides = rowMajorStrides(x->dims());
  return strided(*x, (*rows)[0] * strides[x->rank() - 2] + (*columns)[0] * strides[x->rank() - 1], strides, a.resultType().dims());
}

/// A box of x's image `image`: the corners in elements of x.
struct Box {
  int64_t image;
  double top, left, bottom, right;
};

/// What the four numbers of a box say.
static Box boxOf(const Args &a, int64_t image, llvm::ArrayRef<double> numbers) {
  llvm::StringRef mode = a.string("box_coordinate_mode").value_or("CORNERS_HEIGHT_FIRST");
  Box box{image, numbers[0], numbers[1], numbers[2], numbers[3]};
  if (mode.ends_with("WIDTH_FIRST")) {
    std::swap(box.top, box.left);
    std::swap(box.bottom, box.right);
  }
  if (mode.starts_with("CENTER")) { // bottom and right are the size
    box = {image, box.top - box.bottom / 2, box.left - box.right / 2, box.top + box.bottom / 2, box.left + box.right / 2};
  }
  double scale = a.number("spatial_scale").value_or(1), height = scale, width = scale;
  if (a.flag("normalized_coordinates")) {
    height *= double(a["x"].dim(2) - 1);
    width *= double(a["x"].dim(3) - 1);
  }
  return {image, box.top * height, box.left * width, box.bottom * height, box.right * width};
}

/// Every channel of the boxes' images sampled, one box after the other. What is sampled outside of an image is `padding`.
static Tensor cropped(const Args &a, const Tensor &x, llvm::ArrayRef<Box> boxes, double padding) {
  int64_t channels = x.dim(1), height = x.dim(2), width = x.dim(3), at = 0;
  llvm::ArrayRef<int64_t> dims = a.resultType().dims();
  llvm::StringRef mode = a.string("sampling_mode").value_or("DEFAULT");
  Tensor result(a.resultDType(), dims);
  std::vector<double> plane(size_t(height * width)), out(size_t(dims.end()[-1] * dims.end()[-2]));
  for (const Box &box : boxes) {
    Grid rows = samplingGrid(mode, box.bottom - box.top + 1, dims.end()[-2], box.top);
    Grid columns = samplingGrid(mode, box.right - box.left + 1, dims.end()[-1], box.left);
    for (int64_t c = 0; c < channels; ++c, ++at) {
      x.read((box.image * channels + c) * height * width, llvm::MutableArrayRef(plane));
      Plane of{plane, height, width, padding};
      size_t next = 0;
      for (double row : rows)
        for (double column : columns) {
          bool inside = row >= 0 && row <= double(height - 1) && column >= 0 && column <= double(width - 1);
          out[next++] = inside ? of.bilinear(row, column) : padding;
        }
      result.write(at * int64_t(out.size()), llvm::ArrayRef<double>(out));
    }
  }
  return result;
}

static Folded evaluateCropResizeOfRegions(const Args &a) {
  std::optional<Tensor> x = a.tensor("x"), roi = a.tensor("roi");
  if (!x || !roi)
    return {};
  int64_t each = roi->dim(2);
  double padding = a.version().parameter("pad_value") ? a.number("pad_value").value_or(0) : 0;
  std::vector<Box> boxes;
  for (int64_t n = 0; n < roi->dim(0); ++n) {
    std::vector<double> numbers(static_cast<size_t>(each));
    roi->read(n * each, llvm::MutableArrayRef(numbers));
    int64_t first = 0, last = x->dim(0); // the images that the box is cut out of
    if (each == 5) {
      first = int64_t(numbers[0]), last = first + 1;
      if (!(numbers[0] >= 0) || first >= x->dim(0))
        return a.fail(diag::IndexOutOfRange, "roi", "the number of one of " + std::to_string(x->dim(0)) + " images",
                      printNumber(numbers[0]));
    }
    for (int64_t image = first; image < last; ++image)
      boxes.push_back(boxOf(a, image, llvm::ArrayRef(numbers).take_back(4)));
  }
  // With a number of an image, the type has room for as many as there are: all the same where there is one.
  if (int64_t(boxes.size()) * x->dim(1) * a.resultType().dims().end()[-1] * a.resultType().dims().end()[-2] !=
      a.resultType().elementCount())
    return a.failShape("x", "one image, as each region names its own");
  return cropped(a, *x, boxes, padding);
}

static Folded evaluateCropResize(const Args &a) {
  std::optional<Tensor> x = a.tensor("x"), corners = a.tensor("boxes");
  std::optional<Dims> images = a.integers("box_indices");
  std::optional<double> padding = a.number("pad_value");
  if (!x || !corners || !images || !padding)
    return {};
  std::vector<Box> boxes;
  for (int64_t n = 0; n < corners->dim(0); ++n) {
    double numbers[4];
    corners->read(n * 4, llvm::MutableArrayRef(numbers));
    int64_t image = (*images)[size_t(n)];
    if (image < 0 || image >= x->dim(0))
      return a.fail(diag::IndexOutOfRange, "box_indices", "the number of one of " + std::to_string(x->dim(0)) + " images", image);
    boxes.push_back(boxOf(a, image, numbers));
  }
  return cropped(a, *x, boxes, *padding);
}

/// Before iOS17: regions are [N, 1, 4 or 5, 1, 1]; a fifth number, the first, is an index into the batch.
static Inferred inferCropResizeOfRegions(const Args &a) {
  if (!checkRank(a, "x", 4))
    return a.failed();
  Arg roi = a["roi"];
  bool boxes = roi.rank() == 5 && (shapes::compatible(roi.dim(2), 4) || roi.dim(2) == 5);
  if (!boxes || !shapes::compatible(roi.dim(1), 1) || !shapes::compatible(roi.dim(3), 1) || !shapes::compatible(roi.dim(4), 1))
    return a.failShape("roi", "[N, 1, 4, 1, 1] or [N, 1, 5, 1, 1]");
  Dims dims{roi.dim(0), a["x"].dim(0), a["x"].dim(1)};
  if (!appendSizes(a, dims, "target_height", "target_width"))
    return a.failed();
  return a.tensor(a["x"].dtype(), dims);
}

static Inferred inferCropResize(const Args &a) {
  Arg boxes = a["boxes"], indices = a["box_indices"];
  if (!checkRank(a, "x", 4))
    return a.failed();
  if (boxes.rank() != 2 || !shapes::compatible(boxes.dim(1), 4))
    return a.failShape("boxes", "[N, 4]");
  if (indices && (indices.rank() != 1 || !shapes::compatible(indices.dim(0), boxes.dim(0))))
    return a.failShape("box_indices", printDims(boxes.dims().take_front()) + ", one for each box");
  Dims dims{indices ? shapes::merge(boxes.dim(0), indices.dim(0)) : boxes.dim(0), a["x"].dim(1)};
  if (!appendSizes(a, dims, "target_height", "target_width"))
    return a.failed();
  return a.tensor(a["x"].dtype(), dims);
}

/// 0, 1, …: box i is of image i.
static std::optional<Dims> consecutiveIndices(const Args &a) {
  constexpr int64_t mostBoxes = 1 << 16;
  Arg boxes = a["boxes"];
  if (boxes.rank() != 2 || boxes.dim(0) < 0 || boxes.dim(0) > mostBoxes)
    return std::nullopt;
  Dims indices;
  for (int64_t i = 0; i < boxes.dim(0); ++i)
    indices.push_back(i);
  return indices;
}

// ---- affine, resample -------------------------------------------------------

static Inferred inferAffine(const Args &a) {
  Arg x = a["x"], matrix = a["transform_matrix"];
  if (!checkRank(a, "x", 4))
    return a.failed();
  if (matrix.rank() != 2 || !shapes::compatible(matrix.dim(1), 6) || (matrix.dim(0) != 1 && !shapes::compatible(matrix.dim(0), x.dim(0))))
    return a.failShape("transform_matrix", printDims({x.dim(0), 6}) + " or [1, 6]");
  if (std::optional<double> padding = a.number("padding_value"); padding && *padding != 0)
    return a.failValue("padding_value", "0");
  Dims dims(x.dims().take_front(2));
  if (!appendSizes(a, dims, "output_height", "output_width"))
    return a.failed();
  return a.tensor(x.dtype(), dims);
}

static Inferred inferResample(const Args &a) {
  Arg x = a["x"], coordinates = a["coordinates"];
  if (!checkRank(a, "x", 4))
    return a.failed();
  if (coordinates.rank() != 4 || !shapes::compatible(coordinates.dim(0), x.dim(0)) || !shapes::compatible(coordinates.dim(3), 2))
    return a.failShape("coordinates", printDims({x.dim(0), shapes::unknown, shapes::unknown, 2}));
  return a.tensor(x.dtype(), {x.dim(0), x.dim(1), coordinates.dim(1), coordinates.dim(2)});
}

namespace {

/// How places outside of an image are brought into it, along one dimension.
struct Border {
  enum class Mode : uint8_t { Constant, Border, Reflection, Symmetric } mode;
  bool aligned;

  double bring(double place, int64_t size) const {
    double last = double(size - 1);
    if (mode == Mode::Constant || std::isnan(place))
      return place;
    if (mode == Mode::Border)
      return std::clamp(place, 0.0, last);
    // Mirrored at the outermost elements, or at their outer edges.
    bool atElements = mode == Mode::Reflection && aligned;
    double low = atElements ? 0 : -0.5, span = atElements ? last : double(size);
    if (span == 0)
      return 0;
    double distance = std::fmod(std::abs(place - low), 2 * span);
    return std::clamp(low + (distance > span ? 2 * span - distance : distance), 0.0, last);
  }
};

} // namespace

static Border::Mode borderMode(llvm::StringRef name) {
  return llvm::StringSwitch<Border::Mode>(name.lower())
      .Case("border", Border::Mode::Border)
      .Case("reflection", Border::Mode::Reflection)
      .Case("symmetric", Border::Mode::Symmetric)
      .Default(Border::Mode::Constant);
}

/// A coordinate in elements.
static double inElements(llvm::StringRef mode, bool aligned, double coordinate, int64_t size) {
  if (mode.equals_insensitive("unnormalized"))
    return coordinate;
  double share = mode.equals_insensitive("normalized_zero_to_one") ? coordinate : (coordinate + 1) / 2;
  return aligned ? share * double(size - 1) : share * double(size) - 0.5;
}

/// Every image of x sampled where `place(image, row, column)` says, as (row, column) in coordinates of the op.
template <typename F> static Folded sampled(const Args &a, const Tensor &x, bool nearest, F place) {
  std::optional<llvm::StringRef> mode = a.string("coordinates_mode"), padding = a.string("padding_mode");
  std::optional<double> outside = a.number("padding_value");
  if (!mode || !padding || !outside)
    return {};
  bool aligned = a.flag("align_corners");
  Border border{borderMode(*padding), aligned};
  llvm::ArrayRef<int64_t> dims = a.resultType().dims();
  int64_t height = x.dim(2), width = x.dim(3);
  Tensor result(a.resultDType(), dims);
  std::vector<double> values(size_t(height * width)), out(size_t(dims[2] * dims[3]));
  for (int64_t plane = 0; plane < dims[0] * dims[1]; ++plane) {
    x.read(plane * height * width, llvm::MutableArrayRef(values));
    Plane of{values, height, width, *outside};
    for (int64_t i = 0; i < int64_t(out.size()); ++i) {
      auto [r, c] = place(plane / dims[1], i / dims[3], i % dims[3]);
      double row = border.bring(inElements(*mode, aligned, r, height), height);
      double column = border.bring(inElements(*mode, aligned, c, width), width);
      bool far = !(std::abs(row) < 1e15 && std::abs(column) < 1e15); // NaN, too
      if (far)
        out[size_t(i)] = *outside;
      else
        out[size_t(i)] = nearest ? of.at(int64_t(std::nearbyint(row)), int64_t(std::nearbyint(column))) : of.bilinear(row, column);
    }
    result.write(plane * int64_t(out.size()), llvm::ArrayRef<double>(out));
  }
  return result;
}

static Folded evaluateAffine(const Args &a) {
  std::optional<Tensor> x = a.tensor("x"), matrix = a.tensor("transform_matrix");
  if (!x || !matrix)
    return {};
  bool aligned = a.flag("align_corners");
  auto normalized = [aligned](int64_t i, int64_t size) { // from -1 to 1
    if (aligned)
      return size > 1 ? 2 * double(i) / double(size - 1) - 1 : 0.0;
    return (2 * double(i) + 1) / double(size) - 1;
  };
  int64_t height = a.resultType().dim(2), width = a.resultType().dim(3);
  return sampled(a, *x, false, [&](int64_t image, int64_t i, int64_t j) {
    double m[6], row = normalized(i, height), column = normalized(j, width);
    matrix->read(matrix->dim(0) == 1 ? 0 : image * 6, llvm::MutableArrayRef(m));
    return std::pair(m[3] * column + m[4] * row + m[5], m[0] * column + m[1] * row + m[2]);
  });
}

static Folded evaluateResample(const Args &a) {
  std::optional<Tensor> x = a.tensor("x"), coordinates = a.tensor("coordinates");
  std::optional<llvm::StringRef> mode = a.string("sampling_mode");
  if (!x || !coordinates || !mode)
    return {};
  int64_t height = coordinates->dim(1), width = coordinates->dim(2);
  return sampled(a, *x, mode->equals_insensitive("nearest"), [&](int64_t image, int64_t i, int64_t j) {
    double at[2];
    coordinates->read(((image * height + i) * width + j) * 2, llvm::MutableArrayRef(at));
    return std::pair(at[1], at[0]);
  });
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

  // The factors are made anew from the sizes, which are rounded down.
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

static void defineCrops(OpFamily &op) {
  op("crop", iOS15)
      .summary("x without the given numbers of rows and columns on each side")
      .in("x", T)
      .in("crop_height", int32, constant)
      .in("crop_width", int32, constant)
      .where(T, {fp16, fp32})
      .infer(inferCrop)
      .evaluate(evaluateCrop)
      .movesElements();

  static constexpr TypeVariable B{"BOX_T"}, BI{"BOX_INDEX_T"};
  op("crop_resize", iOS15)
      .summary("boxes cropped from the images x [B, C, H, W] and resized, [N, C, height, width]; before iOS17 [N, B, C, height, width]")
      .in("x", T)
      .in("roi", T)
      .in("target_height", int32, constant, dflt(1))
      .in("target_width", int32, constant, dflt(1))
      .in("normalized_coordinates", boolean, constant, dflt(false))
      .in("spatial_scale", fp32, constant, dflt(1.0))
      .in("box_coordinate_mode", string, constant, dflt("CORNERS_HEIGHT_FIRST"), boxModes())
      .in("sampling_mode", string, constant, dflt("DEFAULT"), samplingModes())
      .where(T, {fp16, fp32})
      .infer(inferCropResizeOfRegions)
      .evaluate(evaluateCropResizeOfRegions)
      .from(iOS16)
      .in("pad_value", T, constant, dflt(0.0))
      .from(iOS17)
      .dropAll()
      .in("x", T)
      .in("boxes", B)
      .in("box_indices", BI, dflt("0, 1, …: the box of each image", consecutiveIndices))
      .in("target_height", int32, constant, dflt(1))
      .in("target_width", int32, constant, dflt(1))
      .in("normalized_coordinates", boolean, constant, dflt(false))
      .in("spatial_scale", fp32, constant, dflt(1.0))
      .in("box_coordinate_mode", string, constant, dflt("CORNERS_HEIGHT_FIRST"), boxModes())
      .in("sampling_mode", string, constant, dflt("DEFAULT"), samplingModes())
      .in("pad_value", T, constant, dflt(0.0))
      .where(T, {fp16, fp32})
      .where(B, {fp16, fp32, uint16})
      .where(BI, {uint16, int32})
      .infer(inferCropResize)
      .evaluate(evaluateCropResize);
}

void ops::defineImageResizing(Catalogue &catalogue) {
  OpFamily op(catalogue, "image_resizing");
  defineResizes(op);
  defineCrops(op);

  // Of the modes that the signature leaves room for, one each is implemented.
  op("affine", iOS15)
      .summary("the images x [B, C, H, W] sampled at x' = a₀x + a₁y + a₂, y' = b₀x + b₁y + b₂, in coordinates from -1 to 1")
      .in("x", T)
      .in("transform_matrix", T)
      .in("output_height", int32, constant, scalar)
      .in("output_width", int32, constant, scalar)
      .in("sampling_mode", string, constant, oneOfIgnoringCase("bilinear"))
      .in("padding_mode", string, constant, oneOfIgnoringCase("constant"))
      .in("padding_value", T, constant, scalar)
      .in("coordinates_mode", string, constant, oneOfIgnoringCase("normalized_minus_one_to_one"))
      .in("align_corners", boolean, constant, scalar)
      .where(T, {fp16, fp32})
      .infer(inferAffine)
      .evaluate(evaluateAffine);

  op("resample", iOS15)
      .summary("the images x [B, C, H, W] sampled at coordinates [B, h, w, 2], in the order column, row")
      .in("x", T)
      .in("coordinates", U)
      .in("sampling_mode", string, constant, oneOfIgnoringCase("bilinear", "nearest"))
      .in("padding_mode", string, constant, oneOfIgnoringCase("constant", "border", "reflection", "symmetric"))
      .in("padding_value", T, constant, scalar)
      .in("coordinates_mode", string, constant, oneOfIgnoringCase("unnormalized", "normalized_minus_one_to_one", "normalized_zero_to_one"))
      .in("align_corners", boolean, constant, scalar)
      .where(T, {fp16, fp32})
      .where(U, {int32, fp32})
      .infer(inferResample)
      .evaluate(evaluateResample)
      .from(iOS16)
      .where(U, {int32, fp16, fp32})
      .from(iOS17)
      .where(U, {int8, uint8, int16, uint16, int32, fp16, fp32});
}

} // namespace mil
