// nullify_redundant_quantization_zero_point: zero points that do nothing, or that the other sign of the integers does.
//
//   quantize(input = x, scale = s, zero_point = 0, …)     =>   quantize(input = x, scale = s, …), and dequantize likewise
//   dequantize(input = c, scale = s, zero_point = -128)   =>   dequantize(input = c + 128 as uint8, scale = s)
//   dequantize(input = c, scale = s, zero_point = 128)    =>   dequantize(input = c - 128 as int8, scale = s)
//   dequantize(input = quantize(x, output_dtype = "int8", zero_point = -128, …), zero_point = -128, …)
//     =>   dequantize(input = quantize(x, output_dtype = "uint8", …), …), and with 128 the other way round
//
// All zero points of an operation must be equal; c is a plain constant. The third pattern only where nothing else reads what quantize
// makes.
//
// Exact.
// Source: coremltools' common::nullify_redundant_quantization_zero_point.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Pass/StreamedConstants.h"

using namespace mil;
using namespace mil::match;

namespace {
struct NullifyRedundantQuantizationZeroPoint : PatternPass {
  NullifyRedundantQuantizationZeroPoint() : PatternPass({"quantize", "dequantize"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    std::optional<double> zero = zeroPointOf(op, rewriter);
    if (zero == 0)
      return rewriter.removeArgument(op, "zero_point"), true;
    Operand *input = op.operand("input");
    if (!zero || !op.is("dequantize") || !input)
      return false;
    DType type = input->type().dtype();
    if (*zero != (type == DType::Int8 ? -128 : 128))
      return false;
    DType other = type == DType::Int8 ? DType::UInt8 : DType::Int8;
    if (const Literal *constant = constantOf(*input))
      return rewriter.replace(
          op, rewriter.makeLike(op, {ArgumentSpec("input", flipped(*constant, other, rewriter)), ArgumentSpec::none("zero_point")}));

    Operation *quantize;
    if (!matches(op, "input", m_once("quantize").as(quantize)) || zeroPointOf(*quantize, rewriter) != zero)
      return false;
    Value *integers =
        rewriter.makeLike(*quantize, {ArgumentSpec("output_dtype", rewriter.string(name(other))), ArgumentSpec::none("zero_point")});
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("input", integers), ArgumentSpec::none("zero_point")}));
  }

  static std::optional<double> zeroPointOf(const Operation &op, Rewriter &rewriter) {
    const Operand *zeroPoint = op.operand("zero_point");
    return zeroPoint ? splat(*zeroPoint, rewriter.diags()) : std::nullopt;
  }

  /// Adding or subtracting 128 is flipping the highest bit.
  static const Literal *flipped(const Literal &constant, DType type, Rewriter &rewriter) {
    if (!constant.isTensor() && !(constant.isBlob() && constant.blob()))
      return nullptr;
    return streamedBytes(rewriter.context(), constant.type().withDType(rewriter.context(), type),
                         [&constant](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
                           if (!readBytes(constant, offset, out))
                             return false;
                           for (uint8_t &byte : out)
                             byte ^= 0x80;
                           return true;
                         });
  }
};
} // namespace

MIL_PASS(nullify_redundant_quantization_zero_point, NullifyRedundantQuantizationZeroPoint)
