// Normalisations. From iOS17 on, their parameters may be another float type than x.

#include "Definition.h"
#include "Families.h"
#include <cmath>

namespace mil {

static bool checkRank(const Args &a, size_t least, size_t most) {
  size_t rank = a["x"].rank();
  if (rank >= least && rank <= most)
    return true;
  a.failRank("x", std::to_string(least) + " to " + std::to_string(most));
  return false;
}

/// Whether those of the parameters that are there have an element for each channel, dimension 1 of x.
static bool checkPerChannel(const Args &a, std::initializer_list<llvm::StringRef> parameters) {
  for (llvm::StringRef parameter : parameters) {
    Arg arg = a[parameter];
    if (!arg || (arg.rank() == 1 && shapes::compatible(arg.dim(0), a["x"].dim(1))))
      continue;
    a.failShape(parameter, printDims(a["x"].dims().slice(1, 1)) + ", one for each channel of x");
    return false;
  }
  return true;
}

static Inferred inferBatchNorm(const Args &a) {
  if (!checkRank(a, 3, 5) || !checkPerChannel(a, {"mean", "variance", "gamma", "beta"}))
    return a.failed();
  return a["x"].type();
}

static Inferred inferInstanceNorm(const Args &a) {
  if (!checkRank(a, 3, 4) || !checkPerChannel(a, {"gamma", "beta"}))
    return a.failed();
  return a["x"].type();
}

/// Reads a parameter with an element for each channel, as doubles in the shape [C, 1, …] that broadcasts to x; `otherwise` if absent.
static auto perChannel(llvm::StringRef parameter, double otherwise) {
  return [=](const Args &a) -> std::optional<Tensor> {
    if (!a[parameter])
      return Tensor::scalar(DType::Float64, otherwise);
    std::optional<Tensor> tensor = a.tensor(parameter);
    if (!tensor)
      return std::nullopt;
    Dims dims(a["x"].rank() - 1, 1);
    dims[0] = tensor->count();
    return convert(*tensor, DType::Float64).withDims(dims);
  };
}

static Folded foldBatchNorm(const Args &, const Tensor &x, const Tensor &mean, const Tensor &variance, const Tensor &gamma,
                            const Tensor &beta, double epsilon) {
  Tensor centered = mapPairs(convert(x, DType::Float64), mean, x.dims(), DType::Float64, [](auto v, auto m) { return v - m; });
  Tensor normal = mapPairs(centered, variance, x.dims(), DType::Float64,
                           [&](auto v, auto var) { return double(v) / std::sqrt(double(var) + epsilon); });
  Tensor scaled = mapPairs(normal, gamma, x.dims(), DType::Float64, [](auto v, auto g) { return v * g; });
  return mapPairs(scaled, beta, x.dims(), x.dtype(), [](auto v, auto b) { return v + b; });
}

/// Makes the mean of a row 0 and its variance, but for epsilon, 1.
template <typename Row> static void normalizeRow(Row row, double epsilon) {
  double count = double(row.size()), mean = 0, variance = 0;
  for (auto value : row)
    mean += double(value) / count;
  for (auto value : row)
    variance += (double(value) - mean) * (double(value) - mean) / count;
  double scale = 1 / std::sqrt(variance + epsilon);
  for (auto &value : row)
    value = (double(value) - mean) * scale;
}

static Folded foldInstanceNorm(const Args &, const Tensor &x, const Tensor &gamma, const Tensor &beta, double epsilon) {
  Dims spatial;
  for (size_t i = 2; i < x.rank(); ++i)
    spatial.push_back(int64_t(i));
  Tensor normal = mapRows(convert(x, DType::Float64), spatial, DType::Float64, [&](auto row) { normalizeRow(row, epsilon); });
  Tensor scaled = mapPairs(normal, gamma, x.dims(), DType::Float64, [](auto v, auto g) { return v * g; });
  return mapPairs(scaled, beta, x.dims(), x.dtype(), [](auto v, auto b) { return v + b; });
}

static Inferred inferLocalResponseNorm(const Args &a) {
  if (!checkRank(a, 3, 5))
    return a.failed();
  if (std::optional<int64_t> size = a.integer("size"); size && *size < 1)
    return a.failValue("size", "1 or more");
  return a["x"].type();
}

/// The window of channel c is [c - size / 2, c + (size - 1) / 2]; channels beyond the edges count as 0.
static Folded evaluateLocalResponseNorm(const Args &a, const Tensor &x, int64_t size, double alpha, double beta, double base) {
  int64_t batches = x.dim(0), channels = x.dim(1), positions = *shapes::product(x.dims().drop_front(2));
  Tensor result(a.resultDType(), x.dims());
  // A piece of the positions of a few neighbouring channels at a time.
  constexpr int64_t widest = 512;
  std::array<double, widest> squares, piece, sums;
  for (int64_t n = 0; n < batches; ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t at = 0; at < positions; at += widest) {
        size_t count = size_t(std::min(widest, positions - at));
        auto read = [&](int64_t channel, std::array<double, widest> &into) {
          x.read((n * channels + channel) * positions + at, llvm::MutableArrayRef(into.data(), count));
        };
        std::fill_n(sums.begin(), count, 0.0);
        for (int64_t i = std::max<int64_t>(0, c - size / 2); i <= std::min(channels - 1, c + (size - 1) / 2); ++i) {
          read(i, squares);
          for (size_t k = 0; k < count; ++k)
            sums[k] += squares[k] * squares[k];
        }
        read(c, piece);
        for (size_t k = 0; k < count; ++k)
          piece[k] /= std::pow(base + alpha / double(size) * sums[k], beta);
        result.write((n * channels + c) * positions + at, llvm::ArrayRef<double>(piece.data(), count));
      }
  return result;
}

// ---- l2_norm ----------------------------------------------------------------

static Inferred inferL2Norm(const Args &a) {
  if (a["x"].rank() < 3)
    return a.failRank("x", "3 or more");
  return a["x"].type();
}

static Folded foldL2Norm(const Args &, const Tensor &x, double epsilon) {
  int64_t rank = int64_t(x.rank());
  return mapRows(x, {rank - 3, rank - 2, rank - 1}, x.dtype(), [&](auto row) {
    double sum = epsilon;
    for (auto value : row)
      sum += double(value) * double(value);
    for (auto &value : row)
      value /= std::sqrt(sum);
  });
}

// ---- layer_norm -------------------------------------------------------------

static std::optional<Dims> allAxes(const Args &a) {
  Dims axes;
  for (size_t i = 0; i < a["x"].rank(); ++i)
    axes.push_back(int64_t(i));
  return axes;
}

/// In increasing order, as the shapes of gamma and beta have them; nullopt after an error for bad ones.
static std::optional<Dims> normalizedAxes(const Args &a) {
  std::optional<Dims> axes = a.axes("axes", a["x"].rank());
  if (axes)
    llvm::sort(*axes);
  return axes;
}

static Inferred inferLayerNorm(const Args &a) {
  if (!a.integers("axes"))
    return a.unknown();
  std::optional<Dims> axes = normalizedAxes(a);
  if (!axes)
    return a.failed();
  Dims dims;
  for (int64_t axis : *axes)
    dims.push_back(a["x"].dims()[size_t(axis)]);
  for (llvm::StringRef parameter : {"gamma", "beta"})
    if (a[parameter] && !shapes::compatible(a[parameter].dims(), dims))
      return a.failShape(parameter, printDims(dims) + ", the normalised dimensions of x");
  return a["x"].type();
}

/// Reads the elements of a parameter; empty if it is absent.
static auto elementsOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) -> std::optional<std::vector<double>> {
    std::vector<double> values;
    if (!a[parameter])
      return values;
    std::optional<Tensor> tensor = a.tensor(parameter);
    if (!tensor)
      return std::nullopt;
    values.resize(size_t(tensor->count()));
    tensor->read(0, values);
    return values;
  };
}

static Folded foldLayerNorm(const Args &, const Tensor &x, const Dims &axes, double epsilon, const std::vector<double> &gamma,
                            const std::vector<double> &beta) {
  return mapRows(convert(x, DType::Float64), axes, x.dtype(), [&](auto row) {
    normalizeRow(row, epsilon);
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = double(row[i]) * (gamma.empty() ? 1 : gamma[i]) + (beta.empty() ? 0 : beta[i]);
  });
}

void ops::defineNormalization(Catalogue &catalogue) {
  OpFamily op(catalogue, "normalization");

  op("batch_norm", iOS15)
      .summary("(x - mean) / √(variance + epsilon) · gamma + beta, with parameters per channel; gamma defaults to 1 and beta to 0")
      .in("x", T)
      .in("mean", T, constant)
      .in("variance", T, constant)
      .in("gamma", T, constant, optional)
      .in("beta", T, constant, optional)
      .in("epsilon", T, constant, dflt(1e-5))
      .where(T, {fp16, fp32})
      .infer(inferBatchNorm)
      .fold(foldBatchNorm, tensorOf("x"), perChannel("mean", 0), perChannel("variance", 1), perChannel("gamma", 1), perChannel("beta", 0),
            numberOf("epsilon"))
      .from(iOS17)
      .in("mean", U, constant)
      .in("variance", U, constant)
      .in("gamma", U, constant, optional)
      .in("beta", U, constant, optional)
      .in("epsilon", U, constant, dflt(1e-5))
      .where(U, {fp16, fp32});

  op("instance_norm", iOS15)
      .summary("(x - mean) / √(variance + epsilon) · gamma + beta, with the mean and variance of each channel of each batch element")
      .in("x", T)
      .in("gamma", T, constant, optional)
      .in("beta", T, constant, optional)
      .in("epsilon", T, constant, dflt(1e-5))
      .where(T, {fp16, fp32})
      .infer(inferInstanceNorm)
      .fold(foldInstanceNorm, tensorOf("x"), perChannel("gamma", 1), perChannel("beta", 0), numberOf("epsilon"))
      .from(iOS17)
      .in("gamma", U, constant, optional)
      .in("beta", U, constant, optional)
      .in("epsilon", U, constant, dflt(1e-5))
      .where(U, {fp16, fp32});

  // gamma and beta have x's shape restricted to the axes, in the order of x's dimensions, for any order of the axes.
  op("layer_norm", iOS15)
      .summary("(x - mean) / √(variance + epsilon) · gamma + beta, with the mean and (biased) variance over axes")
      .in("x", T)
      .in("axes", int32, constant, dflt("all dimensions of x", allAxes))
      .in("gamma", T, constant, optional)
      .in("beta", T, constant, optional)
      .in("epsilon", T, constant, dflt(1e-5))
      .where(T, {fp16, fp32})
      .infer(inferLayerNorm)
      .fold(foldLayerNorm, tensorOf("x"), normalizedAxes, numberOf("epsilon"), elementsOf("gamma"), elementsOf("beta"))
      .from(iOS17)
      .in("gamma", U, constant, optional)
      .in("beta", U, constant, optional)
      .in("epsilon", U, constant, dflt(1e-5))
      .where(U, {fp16, fp32});

  op("l2_norm", iOS15)
      .summary("x / √(Σ x² + epsilon), summed over the last three dimensions")
      .in("x", T)
      .in("epsilon", T, constant, dflt(1e-6))
      .where(T, {fp16, fp32})
      .infer(inferL2Norm)
      .fold(foldL2Norm, tensorOf("x"), numberOf("epsilon"))
      .from(iOS17)
      .in("epsilon", U, constant, dflt(1e-6))
      .where(U, {fp16, fp32});

  op("local_response_norm", iOS15)
      .summary("x / (k + alpha / size · Σ x²)^beta, summed over size neighbouring channels")
      .in("x", T)
      .in("size", int32, constant, scalar)
      .in("alpha", T, constant, dflt(1e-4))
      .in("beta", T, constant, dflt(0.75))
      .in("k", T, constant, dflt(1.0))
      .where(T, {fp16, fp32})
      .infer(inferLocalResponseNorm)
      .evaluate(evaluateLocalResponseNorm, tensorOf("x"), integerOf("size"), numberOf("alpha"), numberOf("beta"), numberOf("k"))
      .from(iOS17)
      .in("alpha", U, constant, dflt(1e-4))
      .in("beta", U, constant, dflt(0.75))
      .in("k", U, constant, dflt(1.0))
      .where(U, {fp16, fp32});
}

} // namespace mil
