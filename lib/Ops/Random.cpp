// Random numbers. Two calls give different values, unless both have the same seed, -1 standing for none: never folded, never merged.

#include "Definition.h"
#include "Families.h"

namespace mil {

/// A tensor of the shape that the argument `shape` says, of the type of the op's parameters.
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

void ops::defineRandom(Catalogue &catalogue) {
  OpFamily op(catalogue, "random");

  op("random_bernoulli", iOS15)
      .says("a tensor of a shape, each element 1 with probability prob, else 0")
      .in("shape", int32)
      .in("prob", T, constant, dflt(0.5))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferBernoulli);

  op("random_normal", iOS15)
      .says("a tensor of a shape, of normally distributed elements")
      .in("shape", int32)
      .in("mean", T, constant, dflt(0.0))
      .in("stddev", T, constant, dflt(1.0))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferNormal);

  op("random_uniform", iOS15)
      .says("a tensor of a shape, of elements from low to below high")
      .in("shape", int32)
      .in("low", T, constant, dflt(0.0))
      .in("high", T, constant, dflt(1.0))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferUniform);

  op("random_categorical", iOS15)
      .says("size samples, as floats, of each distribution along the last dimension of x")
      .in("x", T)
      .in("mode", string, constant, dflt("logits"), oneOf("logits", "probs"))
      .in("size", int32, constant, dflt(1))
      .in("seed", int32, constant, dflt(-1))
      .where(T, {fp16, fp32})
      .hasEffects()
      .infer(inferCategorical);
}

} // namespace mil
