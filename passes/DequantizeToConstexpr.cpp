// dequantize_to_constexpr: a constant that is dequantized is a compressed constant.
//
//   y = dequantize(input = c, scale = s, zero_point = z, axis = a)
//     =>   y = constexpr_affine_dequantize()[quantized_data = c, scale = s, zero_point = z, axis = a]    before iOS18
//     =>   y = constexpr_blockwise_shift_scale(data = c, scale = s, offset = z), s and z reshaped        from iOS18 on
//
// When all arguments are plain constants. Without a zero point, the former has 0, the latter none.
//
// Exact.
// Source: coremltools' common::dequantize_to_constexpr.
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct DequantizeToConstexpr : PatternPass {
  DequantizeToConstexpr() : PatternPass({"dequantize"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    const Literal *data = op.constant("input"), *scale = op.constant("scale"), *zeroPoint = op.constant("zero_point"),
                  *axis = op.constant("axis");
    if (!data || !scale || (op.argument("zero_point") && !zeroPoint) || (op.argument("axis") && !axis))
      return false;
    return rewriter.replace(op, rewriter.opset() < Opset::IOS18 ? affine(data, scale, zeroPoint, axis, rewriter)
                                                                : blockwise(data, scale, zeroPoint, axis, rewriter));
  }

  static Value *affine(const Literal *data, const Literal *scale, const Literal *zeroPoint, const Literal *axis, Rewriter &rewriter) {
    if (!zeroPoint)
      zeroPoint = rewriter.number(data->type().dtype(), 0);
    return rewriter.make("constexpr_affine_dequantize",
                         {{"quantized_data", data}, {"scale", scale}, {"zero_point", zeroPoint}, {"axis", axis ? axis : rewriter.i32(0)}});
  }

  static Value *blockwise(const Literal *data, const Literal *scale, const Literal *zeroPoint, const Literal *axis, Rewriter &rewriter) {
    std::optional<int64_t> dimension = axis ? axis->asInt() : std::nullopt;
    int64_t rank = int64_t(data->type().rank());
    if (dimension && *dimension < 0)
      *dimension += rank;
    if (rank == 0 || (axis && !dimension) || (dimension && (*dimension < 0 || *dimension >= rank)))
      return nullptr;
    auto shaped = [&](const Literal *parameter) {
      llvm::SmallVector<int64_t, 6> dims(size_t(rank), 1);
      if (dimension)
        dims[size_t(*dimension)] = *parameter->type().elementCount();
      return parameter->withType(rewriter.context(), parameter->type().withDims(rewriter.context(), dims));
    };
    llvm::SmallVector<ArgumentSpec, 3> arguments{{"data", data}, {"scale", shaped(scale)}};
    if (zeroPoint)
      arguments.push_back({"offset", shaped(zeroPoint)});
    return rewriter.make("constexpr_blockwise_shift_scale", arguments);
  }
};
} // namespace

MIL_PASS(dequantize_to_constexpr, DequantizeToConstexpr)
