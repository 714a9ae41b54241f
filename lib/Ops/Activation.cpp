// Activation functions. From iOS17 on, their parameters may be another float type than x.

#include "Definition.h"
#include "Families.h"
#include "FloatFunctions.h"
#include "mil/Ops/DiagnosticKinds.h"
#include <cmath>
#include <numbers>

namespace mil {

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
/// ln(1 + eˣ) without overflow.
static double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// f(x, alpha).
static void defineWithAlpha(OpFamily &op, const char *name, const char *summary, double (*f)(double, double)) {
  auto folder = [f](const Args &, const Tensor &x, double alpha) { return map(x, [&](double v) { return f(v, alpha); }); };
  op(name, iOS15)
      .summary(summary)
      .in("x", T)
      .in("alpha", T, constant, scalar)
      .where(T, {fp16, fp32})
      .infer(sameAs("x"))
      .fold(folder, tensorOf("x"), numberOf("alpha"))
      .from(iOS17)
      .in("alpha", U, constant, scalar)
      .where(U, {fp16, fp32});
}

/// f(x, alpha, beta).
static void defineWithAlphaBeta(OpFamily &op, const char *name, const char *summary, double (*f)(double, double, double)) {
  auto folder = [f](const Args &, const Tensor &x, double alpha, double beta) {
    return map(x, [&](double v) { return f(v, alpha, beta); });
  };
  op(name, iOS15)
      .summary(summary)
      .in("x", T)
      .in("alpha", T, constant, scalar)
      .in("beta", T, constant, scalar)
      .where(T, {fp16, fp32})
      .infer(sameAs("x"))
      .fold(folder, tensorOf("x"), numberOf("alpha"), numberOf("beta"))
      .from(iOS17)
      .in("alpha", U, constant, scalar)
      .in("beta", U, constant, scalar)
      .where(U, {fp16, fp32});
}

// ---- A parameter for each channel -------------------------------------------

/// Whether a parameter is a vector with an element for each channel, dimension 1 of x.
static bool checkPerChannel(const Args &a, llvm::StringRef parameter) {
  if (a[parameter].rank() == 1 && shapes::compatible(a[parameter].dim(0), a["x"].dim(1)))
    return true;
  a.failShape(parameter, printDims(a["x"].dims().slice(1, 1)) + ", one for each channel of x");
  return false;
}

/// A vector over the channels in the shape [C, 1, …] that broadcasts with x.
static Tensor alongChannels(const Tensor &vector, const Tensor &x) {
  Dims dims(x.rank() - 1, 1);
  dims[0] = vector.dim(0);
  return vector.withDims(dims);
}

static Inferred inferPrelu(const Args &a) {
  Arg x = a["x"];
  if (x.rank() < 3 || x.rank() > 5)
    return a.failRank("x", "3 to 5");
  if (!checkPerChannel(a, "alpha"))
    return a.failed();
  const Literal *alpha = a["alpha"].constant();
  if (x.rank() != 4 && alpha && alpha->isTensor())
    for (uint64_t i = 1; i < alpha->elementCount(); ++i)
      if (std::abs(alpha->elementAsDouble(i) - alpha->elementAsDouble(0)) > 1e-5)
        return a.fail(diag::ArgumentValue, "alpha", "equal elements for x of rank " + std::to_string(x.rank()), "elements that differ");
  return x.type();
}

static Folded foldPrelu(const Args &, const Tensor &x, const Tensor &alpha) {
  return mapPairs(x, alongChannels(alpha, x), x.dims(), x.dtype(), [](auto v, auto slope) { return v > 0 ? v : v * slope; });
}

static Inferred inferSoftplusParametric(const Args &a) {
  if (a["x"].rank() < 3)
    return a.failRank("x", "3 or more");
  if (!checkPerChannel(a, "alpha") || !checkPerChannel(a, "beta"))
    return a.failed();
  return a["x"].type();
}

static Folded foldSoftplusParametric(const Args &, const Tensor &x, const Tensor &alpha, const Tensor &beta) {
  Tensor bent = mapPairs(x, alongChannels(beta, x), x.dims(), DType::Float64, [](auto v, auto b) { return softplus(double(b * v)); });
  return mapPairs(bent, alongChannels(alpha, x), x.dims(), x.dtype(), [](auto v, auto a) { return v * a; });
}

// ---- Softmax, gelu ----------------------------------------------------------

static Inferred inferSoftmax(const Args &a) {
  if (a.integer("axis") && !a.axis("axis", a["x"].rank()))
    return a.failed();
  return a["x"].type();
}

static Folded foldSoftmax(const Args &, const Tensor &x, int64_t axis) {
  return mapRows(convert(x, DType::Float64), {axis}, x.dtype(), [](auto row) {
    if constexpr (std::is_same_v<decltype(row), llvm::MutableArrayRef<double>>)
      softmaxRow(row);
  });
}

static double geluExact(double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }
static double geluTanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); }
static double geluSigmoid(double x) { return x * sigmoid(1.702 * x); }

static Folded foldGelu(const Args &, const Tensor &x, llvm::StringRef mode) {
  return map(x, mode == "EXACT" ? geluExact : mode == "TANH_APPROXIMATION" ? geluTanh : geluSigmoid);
}

void ops::defineActivation(Catalogue &catalogue) {
  OpFamily op(catalogue, "activation");

  defineFloatFunction(op, "relu", "max(x, 0)", [](double x) { return x < 0 ? 0 : x; });
  defineFloatFunction(op, "relu6", "min(max(x, 0), 6)", [](double x) { return x < 0 ? 0 : x > 6 ? 6 : x; });
  defineFloatFunction(op, "sigmoid", "1 / (1 + exp(-x))", sigmoid);
  defineFloatFunction(op, "softplus", "ln(1 + exp(x))", softplus);
  defineFloatFunction(op, "softsign", "x / (1 + |x|)", [](double x) { return x / (1 + std::abs(x)); });

  op("silu", iOS15).summary("x · sigmoid(x)").in("x", T).where(T, {fp16, fp32}).infer(sameAs("x")).evaluate(elementwise([](double x) {
    return x / (1 + std::exp(-x));
  }));

  defineWithAlpha(op, "leaky_relu", "x where x ≥ 0, else alpha · x", [](double x, double alpha) { return x >= 0 ? x : alpha * x; });
  defineWithAlpha(op, "elu", "x where x > 0, else alpha · (exp(x) - 1)",
                  [](double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x); });
  defineWithAlpha(op, "thresholded_relu", "x where x ≥ alpha, else 0", [](double x, double alpha) { return x >= alpha ? x : 0; });

  defineWithAlphaBeta(op, "clamped_relu", "min(beta, x where x ≥ 0, else alpha · x)", [](double x, double alpha, double beta) {
    double leaky = x >= 0 ? x : alpha * x;
    return leaky > beta ? beta : leaky;
  });
  defineWithAlphaBeta(op, "linear_activation", "alpha · x + beta", [](double x, double alpha, double beta) { return alpha * x + beta; });
  defineWithAlphaBeta(op, "scaled_tanh", "alpha · tanh(beta · x)",
                      [](double x, double alpha, double beta) { return alpha * std::tanh(beta * x); });
  defineWithAlphaBeta(op, "sigmoid_hard", "min(max(alpha · x + beta, 0), 1)", [](double x, double alpha, double beta) {
    double line = alpha * x + beta;
    return line < 0 ? 0 : line > 1 ? 1 : line;
  });

  // With x of rank 3 or 5, all channels have the same slope.
  op("prelu", iOS15)
      .summary("x where x > 0, else alpha · x, with an alpha for each channel")
      .in("x", T)
      .in("alpha", T, constant)
      .where(T, {fp16, fp32})
      .infer(inferPrelu)
      .fold(foldPrelu, tensorOf("x"), tensorOf("alpha"))
      .from(iOS17)
      .in("alpha", U, constant)
      .where(U, {fp16, fp32});

  op("softplus_parametric", iOS15)
      .summary("alpha · ln(1 + exp(beta · x)), with an alpha and a beta for each channel")
      .in("x", T)
      .in("alpha", T, constant)
      .in("beta", T, constant)
      .where(T, {fp16, fp32})
      .infer(inferSoftplusParametric)
      .fold(foldSoftplusParametric, tensorOf("x"), tensorOf("alpha"), tensorOf("beta"))
      .from(iOS17)
      .in("alpha", U, constant)
      .in("beta", U, constant)
      .where(U, {fp16, fp32});

  op("softmax", iOS15)
      .summary("exp(x) / Σ exp(x), summed along axis")
      .in("x", T)
      .in("axis", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .infer(inferSoftmax)
      .fold(foldSoftmax, tensorOf("x"), axisOf("axis", "x"));

  op("gelu", iOS15)
      .summary("x · Φ(x), with the normal distribution's Φ exactly or approximated")
      .in("x", T)
      .in("mode", string, constant, dflt("EXACT"), oneOf("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"))
      .where(T, {fp16, fp32})
      .infer(sameAs("x"))
      .fold(foldGelu, tensorOf("x"), stringOf("mode"));
}

} // namespace mil
