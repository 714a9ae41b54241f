// Floating-point operations by the shapes of an operation. Two a multiplication and addition.
#include "mil/Ops/Catalogue.h"
#include "mil/View/Graph.h"

using llvm::StringRef;

namespace mil {

/// Elements of a value; 0 when its shape isn't known.
static double elements(const Value *value) {
  return value && value->type().isTensor() ? double(value->type().elementCount().value_or(0)) : 0;
}

static double dimension(const Value *value, int i) {
  if (!value || !value->type().isTensor() || !value->type().hasRank() || value->type().rank() < size_t(i < 0 ? -i : i + 1))
    return 0;
  return double(std::max<int64_t>(value->type().dim(i), 0));
}

static bool isSet(const Operation &op, StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal && literal->asBool().value_or(false);
}

double countFlops(const Operation &op) {
  const OpDefinition *definition = Catalogue::get().find(op.type());
  if (!definition || !op.resultCount())
    return 0;
  const Value *x = op.input("x"), *weight = op.input("weight");
  double out = elements(op.result());
  if (op.is("conv"))
    return dimension(weight, 0) ? 2 * out * elements(weight) / dimension(weight, 0) : 0;
  if (op.is("conv_transpose"))
    return dimension(weight, 0) ? 2 * elements(x) * elements(weight) / dimension(weight, 0) : 0;
  if (op.is("linear"))
    return 2 * out * dimension(weight, 1);
  if (op.is("matmul")) {
    const Value *left = x ? x : op.input("y");
    return 2 * out * dimension(left, isSet(op, x ? "transpose_x" : "transpose_y") == (left == x) ? -2 : -1);
  }
  if (op.is("scaled_dot_product_attention"))
    return 2 * elements(op.input("query")) * dimension(op.input("key"), -2) + 2 * out * dimension(op.input("key"), -2);
  if (op.is("lstm") || op.is("gru") || op.is("rnn"))
    return 2 * dimension(x, 0) * dimension(x, 1) * (elements(op.input("weight_ih")) + elements(op.input("weight_hh")));
  StringRef family = definition->family;
  if (family == "reduction" || family == "normalization" || family == "pool")
    return elements(x);
  if (family == "activation" || family == "elementwise_unary" || family == "elementwise_binary")
    return op.is("cast") || op.is("identity") ? 0 : out;
  return 0;
}

} // namespace mil
