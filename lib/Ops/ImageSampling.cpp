// Sampling of images at computed coordinates: affine, resample.

#include "ImageOps.h"
#include "mil/Ops/Sampling.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

namespace mil {

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

namespace {
struct Position {
  double row, column;
};
} // namespace

/// Every image of x sampled at the positions that placesOf(image, positions) sets, in coordinates of the op.
template <typename F> static Folded sampled(const Args &a, const Tensor &x, bool nearest, F placesOf) {
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
  std::vector<Position> places(out.size());
  for (int64_t plane = 0; plane < dims[0] * dims[1]; ++plane) {
    if (plane % dims[1] == 0) { // all channels of an image have the same
      placesOf(plane / dims[1], places);
      for (Position &place : places)
        place = {border.bring(inElements(*mode, aligned, place.row, height), height),
                 border.bring(inElements(*mode, aligned, place.column, width), width)};
    }
    x.read(plane * height * width, llvm::MutableArrayRef(values));
    Plane of{values, height, width, *outside};
    for (size_t i = 0; i < out.size(); ++i) {
      auto [row, column] = places[i];
      bool far = !(std::abs(row) < 1e15 && std::abs(column) < 1e15); // NaN, too
      if (far)
        out[i] = *outside;
      else
        out[i] = nearest ? of.at(int64_t(std::nearbyint(row)), int64_t(std::nearbyint(column))) : of.bilinear(row, column);
    }
    result.write(plane * int64_t(out.size()), llvm::ArrayRef<double>(out));
  }
  return result;
}

static Folded evaluateAffine(const Args &a, const Tensor &x, const Tensor &matrix) {
  bool aligned = a.flag("align_corners");
  auto normalized = [aligned](int64_t i, int64_t size) { // from -1 to 1
    if (aligned)
      return size > 1 ? 2 * double(i) / double(size - 1) - 1 : 0.0;
    return (2 * double(i) + 1) / double(size) - 1;
  };
  int64_t height = a.resultType().dim(2), width = a.resultType().dim(3);
  return sampled(a, x, false, [&](int64_t image, llvm::MutableArrayRef<Position> places) {
    double m[6];
    matrix.read(matrix.dim(0) == 1 ? 0 : image * 6, llvm::MutableArrayRef(m));
    for (int64_t i = 0; i < height; ++i)
      for (int64_t j = 0; j < width; ++j) {
        double row = normalized(i, height), column = normalized(j, width);
        places[size_t(i * width + j)] = {m[3] * column + m[4] * row + m[5], m[0] * column + m[1] * row + m[2]};
      }
  });
}

static Folded evaluateResample(const Args &a, const Tensor &x, const Tensor &coordinates, llvm::StringRef mode) {
  return sampled(a, x, mode.equals_insensitive("nearest"), [&](int64_t image, llvm::MutableArrayRef<Position> places) {
    std::vector<double> numbers(2 * places.size()); // column, row
    coordinates.read(image * int64_t(numbers.size()), llvm::MutableArrayRef(numbers));
    for (size_t i = 0; i < places.size(); ++i)
      places[i] = {numbers[2 * i + 1], numbers[2 * i]};
  });
}

void ops::defineImageSampling(OpFamily &op) {
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
      .evaluate(evaluateAffine, tensorOf("x"), tensorOf("transform_matrix"));

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
      .evaluate(evaluateResample, tensorOf("x"), tensorOf("coordinates"), stringOf("sampling_mode"))
      .from(iOS16)
      .where(U, {int32, fp16, fp32})
      .from(iOS17)
      .where(U, {int8, uint8, int16, uint16, int32, fp16, fp32});
}

} // namespace mil
