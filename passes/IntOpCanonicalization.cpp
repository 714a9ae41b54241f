// int_op_canonicalization: a reshape between dequantize and quantize is done on the integers.
//
//   d = dequantize(input = q, scale = s, zero_point = z);  r = reshape(x = d, shape = t);  y = quantize(input = r, scale = s, zero_point =
//   z)
//     =>   y = reshape(x = q, shape = t)
//
// For one scale, and parameters of equal bits on both sides. Not where r is read elsewhere or returned; the dequantize stays where others
// read d. Not for a scale of 0, or one so large that d may be infinite.
//
// Exact.
// Source: coremltools' common::int_op_canonicalization.
#include "mil/Pass/Matchers.h"
#include "patterns/QuantizationParameters.h"

using namespace mil;
using namespace mil::match;

namespace {
struct IntOpCanonicalization : PatternPass {
  IntOpCanonicalization() : PatternPass({"quantize"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *dequantize, *reshape;
    Value *quantized;
    auto source = m_op("dequantize", m_arg("input", m_value(quantized))).as(dequantize);
    if (!matches(op, m_op("quantize", m_arg("input", m_once("reshape", source).as(reshape)))))
      return false;
    auto before = QuantizationParameters::of(*dequantize), after = QuantizationParameters::of(op);
    if (!before || !after || before->axis || !before->equals(*after, rewriter.diags()) || !before->isReversible(rewriter.diags()))
      return false;
    return rewriter.replace(op, rewriter.makeLike(*reshape, ArgumentSpec("x", quantized)));
  }
};
} // namespace

MIL_PASS(int_op_canonicalization, IntOpCanonicalization, "Compares the scales, zero points and integer types of both sides.")
