// Resampling of images, in the last two dimensions of x unless an op says otherwise. None of them is folded.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include <cmath>

namespace mil {

/// Where element i of O is sampled among I elements:
///   (STRICT_)ALIGN_CORNERS  i · (I - 1) / (O - 1), which for O = 1 only the one that isn't strict defines: the middle
///   DEFAULT                 i · I / O
///   OFFSET_CORNERS          (i + ½) · max(1, I - 1) / O; not the identity when the sizes are equal
///   UNALIGN_CORNERS         (i + ½) · I / O - ½
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

static bool checkRank(const Args &a, llvm::StringRef parameter, size_t rank) {
  if (a[parameter].rank() != rank)
    a.failRank(parameter, rank);
  return a[parameter].rank() == rank;
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
      return a.fail(diag::ArgumentShape, parameter, "2 elements, before and after", std::to_string(crop->size()));
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

// ---- Definitions ------------------------------------------------------------

static void defineResizes(OpFamily &op) {
  op("resize_bilinear", iOS15)
      .says("x interpolated linearly to a size")
      .in("x", T)
      .in("target_size_height", int32, constant, dflt(1))
      .in("target_size_width", int32, constant, dflt(1))
      .in("sampling_mode", string, constant, dflt("DEFAULT"), samplingModes())
      .where(T, {fp16, fp32})
      .infer(inferToSize);

  op("resize_nearest_neighbor", iOS15)
      .says("x in another size, element i of O being element ⌊i · I / O⌋ of I")
      .in("x", T)
      .in("target_size_height", int32, constant, scalar)
      .in("target_size_width", int32, constant, scalar)
      .where(T, {fp16, fp32})
      .infer(inferToSize);

  op("upsample_nearest_neighbor", iOS15)
      .says("x enlarged by factors, by repeating elements")
      .in("x", T)
      .in("scale_factor_height", U, constant, dflt(1))
      .in("scale_factor_width", U, constant, dflt(1))
      .where(T, {fp16, fp32})
      .where(U, {int32, fp32})
      .infer(inferByFactor);

  // The factors are made anew from the sizes, which are rounded down.
  op("upsample_bilinear", iOS15)
      .says("x enlarged by factors, interpolated linearly")
      .in("x", T)
      .in("scale_factor_height", U, constant, dflt(1))
      .in("scale_factor_width", U, constant, dflt(1))
      .in("align_corners", boolean, constant, dflt(true))
      .where(T, {fp16, fp32})
      .where(U, {int32, fp32})
      .infer(inferByFactor)
      .from(iOS16)
      .in("half_pixel_centers", boolean, constant, optional, scalar); // absent: the opposite of align_corners

  op("resize", iOS17)
      .says("the last resized_dims dimensions of x in the sizes that shape ends with, 0 keeping one")
      .in("x", T)
      .in("shape", U)
      .in("resized_dims", uint32, constant, scalar)
      .in("interpolation_mode", string, constant, dflt("LINEAR"), oneOf("LINEAR", "NEAREST_NEIGHBOR"))
      .in("sampling_mode", string, constant, dflt("DEFAULT"), samplingModes())
      .where(T, {fp16, fp32, int32})
      .where(U, {int32, int16, uint16, uint32})
      .infer(inferResize);
}

static void defineCrops(OpFamily &op) {
  op("crop", iOS15)
      .says("x without so many rows and columns on each side")
      .in("x", T)
      .in("crop_height", int32, constant)
      .in("crop_width", int32, constant)
      .where(T, {fp16, fp32})
      .infer(inferCrop);

  static constexpr TypeVariable B{"BOX_T"}, BI{"BOX_INDEX_T"};
  op("crop_resize", iOS15)
      .says("boxes cut out of the images x [B, C, H, W] and resized, [N, C, height, width]; before iOS17 [N, B, C, height, width]")
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
      .infer(inferCropResize);
}

void ops::defineImageResizing(Catalogue &catalogue) {
  OpFamily op(catalogue, "image_resizing");
  defineResizes(op);
  defineCrops(op);

  // Of the modes that the signature leaves room for, one each is implemented.
  op("affine", iOS15)
      .says("the images x [B, C, H, W] sampled at x' = a₀x + a₁y + a₂, y' = b₀x + b₁y + b₂, in coordinates from -1 to 1")
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
      .infer(inferAffine);

  op("resample", iOS15)
      .says("the images x [B, C, H, W] sampled at coordinates [B, h, w, 2], the column first")
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
      .from(iOS16)
      .where(U, {int32, fp16, fp32})
      .from(iOS17)
      .where(U, {int8, uint8, int16, uint16, int32, fp16, fp32});
}

} // namespace mil
