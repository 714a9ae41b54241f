// The parameters of a quantize or dequantize: the scale, the zero point, and the dimension along which they vary.
#pragma once

#include "mil/Pass/Rewriter.h"
#include <cmath>

namespace mil {

struct QuantizationParameters {
  const Literal *scale = nullptr;
  const Literal *zeroPoint = nullptr; ///< null means 0
  std::optional<int64_t> axis;        ///< counted from the front; none if there is a single scale
  DType integer = DType::Invalid;     ///< the type of the quantized values

  /// The parameters of a quantize or dequantize; nullopt if one of them is not constant.
  static std::optional<QuantizationParameters> of(const Operation &op) {
    QuantizationParameters parameters;
    parameters.scale = op.constant("scale");
    parameters.zeroPoint = op.constant("zero_point");
    Value *input = op.input("input");
    if (!parameters.scale || (op.argument("zero_point") && !parameters.zeroPoint) || !input || !input->type().isTensor())
      return std::nullopt;
    if (op.argument("axis")) {
      const Literal *axis = op.constant("axis");
      parameters.axis = axis ? axis->asInt() : std::nullopt;
      if (!parameters.axis || !input->type().hasRank())
        return std::nullopt;
      if (*parameters.axis < 0)
        *parameters.axis += int64_t(input->type().rank());
    }
    parameters.integer = (op.is("quantize") ? op.result()->type() : input->type()).dtype();
    return parameters;
  }

  /// Whether all parameters are equal, bit for bit; an absent zero point equals 0.
  bool equals(const QuantizationParameters &other, DiagnosticEngine &diags) const {
    if (integer != other.integer || axis != other.axis || scale->type() != other.scale->type())
      return false;
    std::optional<Tensor> a = Tensor::fromLiteral(*scale, limit, &diags), b = Tensor::fromLiteral(*other.scale, limit, &diags);
    if (!a || !b || a->bytes() != b->bytes())
      return false;
    if (!zeroPoint || !other.zeroPoint) {
      const Literal *given = zeroPoint ? zeroPoint : other.zeroPoint;
      return !given || splat(*given, diags) == 0;
    }
    std::optional<Tensor> x = Tensor::fromLiteral(*zeroPoint, limit, &diags), y = Tensor::fromLiteral(*other.zeroPoint, limit, &diags);
    return x && y && x->dims() == y->dims() && x->bytes() == y->bytes();
  }

  /// Whether quantizing dequantized integers restores them: no scale is 0, or so large that a multiple of it overflows.
  bool isReversible(DiagnosticEngine &diags) const {
    std::optional<Tensor> steps = Tensor::fromLiteral(*scale, limit, &diags);
    double greatest = steps && steps->dtype() == DType::Float16 ? 65504 : 0x1p+127;
    for (int64_t i = 0; steps && i < steps->count(); ++i) {
      double step = std::abs(steps->number(i));
      if (!(step > 0 && step * 255 <= greatest))
        return false;
    }
    return steps.has_value();
  }

private:
  static constexpr uint64_t limit = 1 << 20; ///< scales in memory
};

} // namespace mil
