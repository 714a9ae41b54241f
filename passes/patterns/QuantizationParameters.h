// What a quantize or dequantize does: the scale, the zero point and the dimension along which there are several of them.
#pragma once

#include "mil/Pass/Rewriter.h"
#include <cmath>

namespace mil {

struct QuantizationParameters {
  const Literal *scale = nullptr;
  const Literal *zeroPoint = nullptr; ///< null: 0
  std::optional<int64_t> axis;        ///< from 0; none when there is one scale for all
  DType integer = DType::Invalid;     ///< of the quantized side

  /// Those of a quantize or dequantize; nullopt when a part is not constant.
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

  /// Whether all of it is the same, bit for bit, an absent zero point being 0.
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

  /// Whether quantizing what was dequantized gives back the integers: no step is 0, or so large that some multiple of it overflows.
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
