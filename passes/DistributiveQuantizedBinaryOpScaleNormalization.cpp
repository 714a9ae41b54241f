// distributive_quantized_binary_op_scale_normalization: one of the two scales before an addition becomes 1.
//
//   z = quantize(input = add(x = dequantize(input = p, scale = s), y = dequantize(input = q, scale = t)), scale = u)
//     =>   z = quantize(input = add(x = dequantize(input = p, scale = s / t), y = dequantize(input = q, scale = 1)), scale = u / t)
//
// The same for sub, and with a relu behind either. t is a single positive scale, that of y or else that of x, and not 1 already; the
// quotients are between the smallest subnormal and the greatest number of fp16. What add and relu make is read by nothing else and not
// returned, neither are the dequantized operands; they stay where others read them.
//
// Reassociates: within a step of the integers.
// Source: coremltools' common::distributive_quantized_binary_op_scale_normalization.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"

using namespace mil;
using namespace mil::match;

namespace {
struct DistributiveQuantizedBinaryOpScaleNormalization : PatternPass {
  DistributiveQuantizedBinaryOpScaleNormalization() : PatternPass({"quantize"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *binary = nullptr, *relu = nullptr, *x, *y;
    auto operands = [&](llvm::StringRef type) { return m_once(type, m_op("dequantize").as(x), m_op("dequantize").as(y)).as(binary); };
    auto operation = m_either(operands("add"), operands("sub"));
    if (!matches(op, "input", m_either(operation, m_once("relu", operation).as(relu))) || x->result()->isBlockOutput() ||
        y->result()->isBlockOutput())
      return false;
    const Literal *by = divisor(*y);
    by = by ? by : divisor(*x);
    const Literal *one = by ? Literal::number(rewriter.context(), by->type().dtype(), 1) : nullptr;
    if (!by || *by->asDouble() == 1)
      return false;
    ArgumentSpec left = scaled(*x, *by, rewriter), right = scaled(*y, *by, rewriter), out = scaled(op, *by, rewriter);
    (by == y->constant("scale") ? right : left) = ArgumentSpec("scale", one->withType(rewriter.context(), by->type()));
    Value *a = rewriter.makeLike(*x, left), *b = rewriter.makeLike(*y, right);
    Value *sum = rewriter.makeLike(*binary, {ArgumentSpec("x", a), ArgumentSpec("y", b)});
    if (relu)
      sum = rewriter.makeLike(*relu, ArgumentSpec("x", sum));
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("input", sum), out}));
  }

  /// The scale, when it is a single positive one.
  static const Literal *divisor(const Operation &dequantize) {
    const Literal *scale = dequantize.argument("axis") ? nullptr : dequantize.constant("scale");
    std::optional<double> value = scale ? scale->asDouble() : std::nullopt;
    return value && *value > 0 && std::isfinite(*value) ? scale : nullptr;
  }

  /// The scale of an operation, divided; null when a quotient is out of range.
  static ArgumentSpec scaled(const Operation &op, const Literal &by, Rewriter &rewriter) {
    constexpr double smallest = 0x1p-24, greatest = 65504;
    const Literal *missing = nullptr;
    std::optional<Tensor> scale = rewriter.tensor(op.constant("scale"));
    double divisor = *by.asDouble();
    if (!scale)
      return ArgumentSpec("scale", missing);
    Tensor quotient = map(*scale, [=](auto s) { return double(s) / divisor; });
    for (int64_t i = 0; i < quotient.count(); ++i)
      if (double q = std::abs(quotient.number(i)); !(q >= smallest && q <= greatest))
        return ArgumentSpec("scale", missing);
    return ArgumentSpec("scale", rewriter.literal(quotient));
  }
};
} // namespace

MIL_PASS(distributive_quantized_binary_op_scale_normalization, DistributiveQuantizedBinaryOpScaleNormalization,
         "Only divides by positive scales, because relu only commutes with these.")
