// dequantize_quantize_pair_elimination: removes a dequantize that is followed by the same quantize.
//
//   d = dequantize(input = q, scale = s, zero_point = z, axis = a);  y = quantize(input = d, scale = s, zero_point = z, axis = a)   =>   q
//
// For constant parameters of equal bits, and the same integer type. Not where d is returned; the dequantize stays where others read d. Not
// for a scale of 0, or one so large that d may be infinite.
//
// Exact.
// Source: coremltools' common::dequantize_quantize_pair_elimination.
#include "mil/Pass/Matchers.h"
#include "patterns/QuantizationParameters.h"

using namespace mil;
using namespace mil::match;

namespace {
struct DequantizeQuantizePairElimination : PatternPass {
  DequantizeQuantizePairElimination() : PatternPass({"quantize"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *dequantize;
    Value *quantized;
    if (!matches(op, m_op("quantize", m_arg("input", m_op("dequantize", m_arg("input", m_value(quantized))).as(dequantize)))) ||
        dequantize->result()->isBlockOutput())
      return false;
    auto before = QuantizationParameters::of(*dequantize), after = QuantizationParameters::of(op);
    return before && after && before->equals(*after, rewriter.diags()) && before->isReversible(rewriter.diags()) &&
           rewriter.replace(op, quantized);
  }
};
} // namespace

MIL_PASS(dequantize_quantize_pair_elimination, DequantizeQuantizePairElimination,
         "Also compares the integer types, and keeps a pair whose scale is 0 or overflows.")
