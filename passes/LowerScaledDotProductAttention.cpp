// lower_scaled_dot_product_attention: attention written out, for opsets and devices that don't have the operation.
//
//   y = scaled_dot_product_attention(query = q, key = k, value = v, attn_mask = m)
//     =>   s = matmul(mul(q, 1/√E), k, transpose_y = true);  p = softmax(add(s, m), axis = -1);  y = matmul(p, v)
//
// E is the last dimension of q. A mask of bools chooses between the score and -inf, so that a row without anything to attend to gives NaN
// as before. A mask of another float type than q's is added in fp32.
//
// Not when E is unknown.
//
// Within a few roundings of the element type. Source: coremltools' PyTorch frontend, which emits this for opsets before iOS18.
#include "mil/Pass/Rewriter.h"
#include <cmath>

using namespace mil;

namespace {
struct LowerScaledDotProductAttention : PatternPass {
  LowerScaledDotProductAttention() : PatternPass({"scaled_dot_product_attention"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *query = op.input("query"), *key = op.input("key");
    if (!query || !key || !query->type().hasRank() || query->type().rank() < 3 || query->type().dim(-1) <= 0)
      return false;
    DType type = query->type().dtype();
    double scale = 1 / std::sqrt(double(query->type().dim(-1)));
    Value *scaled = rewriter.make("mul", {{"x", query}, {"y", rewriter.number(type, scale)}});
    Value *scores =
        rewriter.make("matmul", {{"x", scaled}, {"y", key}, {"transpose_x", rewriter.flag(false)}, {"transpose_y", rewriter.flag(true)}});
    if (op.argument("attn_mask"))
      scores = masked(scores, op, rewriter);
    Value *weights = rewriter.make("softmax", {{"x", scores}, {"axis", rewriter.i32(-1)}});
    weights = ofType(weights, type, rewriter);
    Value *result = rewriter.make(
        "matmul",
        {{"x", weights}, {"y", op.operand("value")}, {"transpose_x", rewriter.flag(false)}, {"transpose_y", rewriter.flag(false)}});
    return result && result->type() == op.result()->type() && rewriter.replace(op, result);
  }

  static Value *ofType(Value *value, DType type, Rewriter &rewriter) {
    if (!value || value->type().dtype() == type)
      return value;
    return rewriter.make("cast", {{"x", value}, {"dtype", rewriter.string(name(type))}});
  }

  static Value *masked(Value *scores, Operation &op, Rewriter &rewriter) {
    const Operand *mask = op.operand("attn_mask");
    if (!mask || !scores)
      return nullptr;
    DType type = scores->type().dtype(), maskType = mask->type().dtype();
    if (maskType == DType::Bool)
      return rewriter.make("select", {{"cond", mask}, {"a", scores}, {"b", rewriter.number(type, -INFINITY)}});
    if (maskType == type)
      return rewriter.make("add", {{"x", scores}, {"y", mask}});
    Value *value = mask->value() ? mask->value() : rewriter.constant(mask->literal());
    return rewriter.make("add", {{"x", ofType(scores, DType::Float32, rewriter)}, {"y", ofType(value, DType::Float32, rewriter)}});
  }
};
} // namespace

MIL_PASS(lower_scaled_dot_product_attention, LowerScaledDotProductAttention)
