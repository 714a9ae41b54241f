// Functions of one element.

#include "Definition.h"
#include "Families.h"
#include "FloatFunctions.h"
#include "mil/Ops/DiagnosticKinds.h"
#include <cmath>

namespace mil {

/// f(x, epsilon). From iOS17 on, epsilon may be another float than x.
static void defineWithEpsilon(OpFamily &op, const char *name, const char *summary, double epsilon, double (*f)(double, double)) {
  auto folder = [f](const Args &, const Tensor &x, double epsilon) { return map(x, [&](double v) { return f(v, epsilon); }); };
  op(name, iOS15)
      .summary(summary)
      .in("x", T)
      .in("epsilon", T, constant, dflt(epsilon))
      .where(T, {fp16, fp32})
      .infer(sameAs("x"))
      .fold(folder, tensorOf("x"), numberOf("epsilon"))
      .from(iOS17)
      .in("epsilon", U, constant, dflt(epsilon))
      .where(U, {fp16, fp32});
}

/// Integers wrap around, as in the machine.
static int64_t wrappingSquare(int64_t x) { return int64_t(uint64_t(x) * uint64_t(x)); }

static Inferred inferClip(const Args &a) {
  std::optional<double> alpha = a.number("alpha"), beta = a.number("beta");
  if (a.opset() >= iOS17 && alpha && beta && *alpha >= *beta)
    return a.failValue("alpha", "less than beta, which is " + printNumber(*beta));
  return a["x"].type();
}

static Folded foldClip(const Args &, const Tensor &x, double alpha, double beta) {
  // Not std::clamp: a NaN stays one, and beta wins where alpha is greater.
  return map(x, [&](double v) {
    double atLeast = v < alpha ? alpha : v;
    return atLeast > beta ? beta : atLeast;
  });
}

static Inferred inferCast(const Args &a) {
  std::optional<llvm::StringRef> wanted = a.string("dtype");
  if (!wanted)
    return a.unknown();
  DType type = dtypeFromName(*wanted);
  if (!a.version().variables[0].types.contains(type))
    return a.fail(diag::ArgumentChoice, "dtype", a.version().variables[0].types.str(), "\"" + wanted->str() + "\"");
  return a.tensor(type, a["x"].dims());
}

static Folded foldCast(const Args &a, const Tensor &x) { return convert(x, a.resultDType()); }

static Folded foldThreshold(const Args &, const Tensor &x, double alpha) {
  return map(x, [&](auto v) { return v < decltype(v)(alpha) ? decltype(v)(alpha) : v; });
}

void ops::defineElementwiseUnary(Catalogue &catalogue) {
  OpFamily op(catalogue, "elementwise_unary");

  defineFloatFunction(op, "acos", "arc cosine", std::acos);
  defineFloatFunction(op, "asin", "arc sine", std::asin);
  defineFloatFunction(op, "atan", "arc tangent", std::atan);
  defineFloatFunction(op, "atanh", "inverse hyperbolic tangent", std::atanh);
  defineFloatFunction(op, "ceil", "the smallest integer ≥ x", std::ceil);
  defineFloatFunction(op, "cos", "cosine", std::cos);
  defineFloatFunction(op, "cosh", "hyperbolic cosine", std::cosh);
  defineFloatFunction(op, "erf", "the error function, 2/√π · ∫₀ˣ exp(-t²) dt", std::erf);
  defineFloatFunction(op, "exp", "e to the power of x", std::exp);
  defineFloatFunction(op, "floor", "the largest integer ≤ x", std::floor);
  defineFloatFunction(op, "round", "x rounded to the nearest integer, ties to even", std::nearbyint);
  defineFloatFunction(op, "sin", "sine", std::sin);
  defineFloatFunction(op, "sinh", "hyperbolic sine", std::sinh);
  defineFloatFunction(op, "sqrt", "square root", std::sqrt);
  defineFloatFunction(op, "tan", "tangent", std::tan);
  defineFloatFunction(op, "tanh", "hyperbolic tangent", std::tanh);

  // An absent epsilon is not 0: a plain 1/x or logarithm must set it to 0. In fp16 the defaults of log and rsqrt round to 0.
  defineWithEpsilon(op, "inverse", "1 / (x + epsilon)", 1e-4, [](double x, double epsilon) { return 1 / (x + epsilon); });
  defineWithEpsilon(op, "log", "ln(x + epsilon)", 1e-45, [](double x, double epsilon) { return std::log(x + epsilon); });
  defineWithEpsilon(op, "rsqrt", "1 / √(x + epsilon)", 1e-12, [](double x, double epsilon) { return 1 / std::sqrt(x + epsilon); });

  op("abs", iOS15)
      .summary("the absolute value of x; the smallest integer remains negative")
      .in("x", T)
      .where(T, {fp16, fp32, int32})
      .infer(sameAs("x"))
      .fold(elementwise([](auto x) { return std::abs(x); }));

  op("sign", iOS15)
      .summary("the sign of x: -1, 0 or 1")
      .in("x", T)
      .where(T, {fp16, fp32, int32})
      .infer(sameAs("x"))
      .fold(elementwise([](auto x) { return x > 0   ? decltype(x)(1)
                                            : x < 0 ? decltype(x)(-1)
                                                    : x; }));

  op("square", iOS15)
      .summary("x · x")
      .in("x", T)
      .where(T, {fp16, fp32, int32})
      .infer(sameAs("x"))
      .fold(elementwise([](auto x) -> decltype(x) {
        if constexpr (std::is_floating_point_v<decltype(x)>)
          return x * x;
        else
          return wrappingSquare(x);
      }));

  op("exp2", iOS15).summary("2 to the power of x").in("x", T).where(T, {fp16, fp32, int32}).infer(sameAs("x")).fold(elementwise([](auto x) {
    return std::exp2(double(x));
  }));

  op("logical_not", iOS15).summary("not x").in("x", boolean).infer(sameAs("x")).fold(elementwise([](auto x) { return int64_t(x == 0); }));

  op("threshold", iOS15)
      .summary("max(x, alpha)")
      .in("x", T)
      .in("alpha", T, constant)
      .where(T, {fp16, fp32, int32})
      .infer(sameAs("x"))
      .fold(foldThreshold, tensorOf("x"), numberOf("alpha"));

  op("clip", iOS15)
      .summary("min(max(x, alpha), beta)")
      .in("x", T)
      .in("alpha", T, constant)
      .in("beta", T, constant)
      .where(T, {fp16, fp32})
      .infer(inferClip)
      .fold(foldClip, tensorOf("x"), numberOf("alpha"), numberOf("beta"))
      .from(iOS17); // alpha must be less than beta

  // Floats are truncated towards zero; what doesn't fit the type wraps around.
  op("cast", iOS15)
      .summary("x converted to dtype")
      .in("x", T)
      .in("dtype", string, constant)
      .where(T, {fp16, fp32, int32, boolean})
      .infer(inferCast)
      .fold(foldCast, tensorOf("x"))
      .from(iOS17)
      .where(T, {fp16, fp32, int8, uint8, int16, uint16, int32, boolean});
}

} // namespace mil
