// Random numbers. Two calls give different values, unless both have the same seed (-1: none): never folded, never merged.

#include "mil/Support/Random.h"
#include "Definition.h"
#include "Families.h"
#include <cmath>

namespace mil {

/// A tensor with the shape given by the argument `shape` and the type of the op's parameters.
static Inferred inferOfShape(const Args &a, llvm::StringRef typedBy) { return tensorOfSizes(a, "shape", dtypeOrDefault(a, typedBy)); }

static Inferred inferBernoulli(const Args &a) {
  if (std::optional<double> prob = a.number("prob"); prob && !(*prob >= 0 && *prob <= 1))
    return a.failValue("prob", "a probability, from 0 to 1");
  return inferOfShape(a, "prob");
}

static Inferred inferNormal(const Args &a) {
  if (std::optional<double> stddev = a.number("stddev"); stddev && !(*stddev >= 0))
    return a.failValue("stddev", "0 or more");
  return inferOfShape(a, "stddev");
}

static Inferred inferUniform(const Args &a) {
  std::optional<double> low = a.number("low"), high = a.number("high");
  if (low && high && !(*low <= *high))
    return a.failValue("low", "at most high, which is " + printNumber(*high));
  return inferOfShape(a, "low");
}

static Inferred inferCategorical(const Args &a) {
  if (a["x"].rank() == 0)
    return a.failRank("x", "1 or more");
  int64_t size = a.integer("size").value_or(shapes::unknown);
  if (size != shapes::unknown && size < 1)
    return a.failValue("size", "1 or more");
  Dims dims(a["x"].dims());
  dims.back() = size;
  return a.tensor(a["x"].dtype(), dims);
}

// ---- Values -----------------------------------------------------------------

namespace {

/// The numbers of a call: by its own seed if it has one, else by the run's.
Random drawsOf(const Args &a) {
  int64_t given = a.integer("seed").value_or(-1);
  return Random(given >= 0 ? uint64_t(given) * seedStep + 1 : a.seed());
}

} // namespace

/// A tensor of the result's type, its elements drawn one after the other.
template <typename F> static Folded drawn(const Args &a, F draw) {
  if (!a.resultType().hasStaticShape())
    return {};
  Tensor result(a.resultDType(), a.resultType().dims());
  std::vector<double> part;
  for (int64_t at = 0; at < result.count(); at += int64_t(part.size())) {
    part.resize(size_t(std::min<int64_t>(kernels::chunk, result.count() - at)));
    for (double &value : part)
      value = draw();
    result.write(at, llvm::ArrayRef<double>(part));
  }
  return result;
}

static Folded evaluateBernoulli(const Args &a, double prob) {
  Random draws = drawsOf(a);
  return drawn(a, [&] { return draws.uniform() < prob ? 1.0 : 0.0; });
}

static Folded evaluateNormal(const Args &a, double mean, double deviation) {
  Random draws = drawsOf(a);
  return drawn(a, [&] { return mean + deviation * draws.normal(); });
}

/// A number that a type rounds to one below `high`, and to the greatest one or next to it.
static double roundedBelow(double high, DType type) {
  double below = high;
  for (double step = 0x1p-150; Tensor::scalar(type, below).number(0) >= high && step < INFINITY; step *= 2)
    below = high - step;
  return below;
}

static Folded evaluateUniform(const Args &a, double low, double high) {
  Random draws = drawsOf(a);
  double most = low < high ? roundedBelow(high, a.resultDType()) : high; // high itself isn't one of the numbers
  return drawn(a, [&] { return std::min(low + (high - low) * draws.uniform(), most); });
}

static Folded evaluateCategorical(const Args &a, const Tensor &x, int64_t size) {
  if (x.dim(-1) == 0)
    return {};
  Tensor result(a.resultDType(), a.resultType().dims());
  std::vector<double> row(size_t(x.dim(-1))), samples(static_cast<size_t>(size));
  Random draws = drawsOf(a);
  for (int64_t i = 0; i < x.count() / x.dim(-1); ++i) {
    x.read(i * x.dim(-1), llvm::MutableArrayRef(row));
    if (a.string("mode") == "logits")
      softmaxRow(row);
    for (double &sample : samples) {
      double total = 0, left = draws.uniform();
      for (double weight : row)
        total += weight;
      left *= total;
      size_t chosen = 0;
      while (chosen + 1 < row.size() && left >= row[chosen])
        left -= row[chosen++];
      sample = double(chosen);
    }
    result.write(i * size, llvm::ArrayRef<double>(samples));
  }
  return result;
}

void ops::defineRandom(Catalogue &catalogue) {
  OpFamily op(catalogue, "random");

  op("random_bernoulli", iOS15)
      .summary("a tensor of the given shape, whose elements are 1 with probability prob, else 0")
      .in("shape", int32)
      .in("prob", T, constant, dflt(0.5))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferBernoulli)
      .evaluate(evaluateBernoulli, numberOf("prob"));

  op("random_normal", iOS15)
      .summary("a tensor of the given shape, with normally distributed elements")
      .in("shape", int32)
      .in("mean", T, constant, dflt(0.0))
      .in("stddev", T, constant, dflt(1.0))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferNormal)
      .evaluate(evaluateNormal, numberOf("mean"), numberOf("stddev"));

  op("random_uniform", iOS15)
      .summary("a tensor of the given shape, with uniformly distributed elements in [low, high)")
      .in("shape", int32)
      .in("low", T, constant, dflt(0.0))
      .in("high", T, constant, dflt(1.0))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferUniform)
      .evaluate(evaluateUniform, numberOf("low"), numberOf("high"));

  op("random_categorical", iOS15)
      .summary("size samples, as floats, from each distribution along the last dimension of x")
      .in("x", T)
      .in("mode", string, constant, dflt("logits"), oneOf("logits", "probs"))
      .in("size", int32, constant, dflt(1))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferCategorical)
      .evaluate(evaluateCategorical, tensorOf("x"), integerOf("size"));
}

} // namespace mil
