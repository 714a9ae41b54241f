// Cropping of images: crop, crop_resize.

#include "ImageOps.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Sampling.h"

namespace mil {

/// The order of the four numbers of a box.
static Trait boxModes() {
  return oneOf("CORNERS_HEIGHT_FIRST", "CORNERS_WIDTH_FIRST", "CENTER_SIZE_HEIGHT_FIRST", "CENTER_SIZE_WIDTH_FIRST");
}

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

static Folded evaluateCrop(const Args &a, const Tensor &x, const Dims &rows, const Dims &columns) {
  Dims strides = rowMajorStrides(x.dims());
  return strided(x, rows[0] * strides[x.rank() - 2] + columns[0] * strides[x.rank() - 1], strides, a.resultType().dims());
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

static Folded evaluateCropResizeOfRegions(const Args &a, const Tensor &x, const Tensor &roi) {
  int64_t each = roi.dim(2);
  double padding = a.version().parameter("pad_value") ? a.number("pad_value").value_or(0) : 0;
  std::vector<Box> boxes;
  for (int64_t n = 0; n < roi.dim(0); ++n) {
    std::vector<double> numbers(static_cast<size_t>(each));
    roi.read(n * each, llvm::MutableArrayRef(numbers));
    int64_t first = 0, last = x.dim(0); // the images that the box is cut out of
    if (each == 5) {
      first = int64_t(numbers[0]), last = first + 1;
      if (!(numbers[0] >= 0) || first >= x.dim(0))
        return a.fail(diag::IndexOutOfRange, "roi", "the number of one of " + std::to_string(x.dim(0)) + " images",
                      printNumber(numbers[0]));
    }
    for (int64_t image = first; image < last; ++image)
      boxes.push_back(boxOf(a, image, llvm::ArrayRef(numbers).take_back(4)));
  }
  // With a number of an image, the type has a result for each image and region; the number of results agrees if there is one image.
  if (int64_t(boxes.size()) * x.dim(1) * a.resultType().dims().end()[-1] * a.resultType().dims().end()[-2] != a.resultType().elementCount())
    return a.failShape("x", "one image, as each region names its own");
  return cropped(a, x, boxes, padding);
}

static Folded evaluateCropResize(const Args &a, const Tensor &x, const Tensor &corners, const Dims &images, double padding) {
  std::vector<Box> boxes;
  for (int64_t n = 0; n < corners.dim(0); ++n) {
    double numbers[4];
    corners.read(n * 4, llvm::MutableArrayRef(numbers));
    int64_t image = images[size_t(n)];
    if (image < 0 || image >= x.dim(0))
      return a.fail(diag::IndexOutOfRange, "box_indices", "the number of one of " + std::to_string(x.dim(0)) + " images", image);
    boxes.push_back(boxOf(a, image, numbers));
  }
  return cropped(a, x, boxes, padding);
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

void ops::defineCrops(OpFamily &op) {
  op("crop", iOS15)
      .summary("x without the given numbers of rows and columns on each side")
      .in("x", T)
      .in("crop_height", int32, constant)
      .in("crop_width", int32, constant)
      .where(T, {fp16, fp32})
      .infer(inferCrop)
      .evaluate(evaluateCrop, tensorOf("x"), integersOf("crop_height"), integersOf("crop_width"))
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
      .evaluate(evaluateCropResizeOfRegions, tensorOf("x"), tensorOf("roi"))
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
      .evaluate(evaluateCropResize, tensorOf("x"), tensorOf("boxes"), integersOf("box_indices"), numberOf("pad_value"));
}

} // namespace mil
