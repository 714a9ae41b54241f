// scaled_dot_product_attention_sliced_q: attention over long queries, written out in slices of the query, so that scores take less memory.
//
//   y = scaled_dot_product_attention(query = q, key = k, value = v, attn_mask = m)
//     =>   for each slice [from, to) of the L rows of q, of which there are `seq_length_divider`:
//            s = mul(matmul(q[from:to], k, transpose_y = true), 1/√E);  p = softmax(add(s, m[from:to]), axis = -1)
//            y' = concat(y', matmul(p, v), axis = -2)
//
// Slices have L / seq_length_divider rows, the first ones one more if that leaves a rest; at least one. A mask of bools becomes one of 0
// and -inf. A mask with one row serves all slices.
//
// Only from iOS18 on, and for L of min_seq_length or more. Not when L or E is unknown, in nested blocks, or with a mask of unknown size or
// of another float type than q's.
//
// Within a few roundings of the element type. Source: coremltools' common::scaled_dot_product_attention_sliced_q.
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;

namespace {
/// A number from a least one on.
struct CountOption : Option<int64_t> {
  CountOption(Pass &pass, llvm::StringRef name, llvm::StringRef summary, int64_t value, int64_t least)
      : Option(pass, name, summary, value), least(least) {}
  bool parse(llvm::StringRef text) override {
    int64_t number;
    return !text.getAsInteger(10, number) && number >= least && Option::parse(text);
  }
  llvm::StringRef kind() const override { return least ? "positive integer" : "integer from 0 on"; }
  int64_t least;
};

struct ScaledDotProductAttentionSlicedQ : PatternPass {
  ScaledDotProductAttentionSlicedQ() : PatternPass({"scaled_dot_product_attention"}) {}
  CountOption minLength{*this, "min_seq_length", "Skip shorter queries", 1280, 0};
  CountOption divider{*this, "seq_length_divider", "Number of slices", 16, 1};

  bool startFunction(Function &function) override { return function.opset() >= Opset::IOS18; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *query = op.input("query"), *key = op.input("key"), *value = op.input("value");
    if (!query || !key || !value || !op.block()->bodyOf() || !query->type().hasRank() || query->type().rank() < 3)
      return false;
    int64_t length = query->type().dim(-2), width = query->type().dim(-1);
    if (length < std::max(*minLength, int64_t(1)) || width <= 0)
      return false;
    Value *mask = nullptr;
    if (op.argument("attn_mask") && !(mask = addedMask(op, query->type().dtype(), rewriter)))
      return false;

    const Literal *scale = rewriter.number(query->type().dtype(), 1 / std::sqrt(double(width)));
    int64_t count = std::min(*divider, length), size = length / count, larger = length % count;
    Value *joined = nullptr;
    for (int64_t i = 0, from = 0; i < count; ++i) {
      int64_t to = from + size + (i < larger ? 1 : 0);
      Value *scores = product(rows(query, from, to, rewriter), key, true, rewriter);
      scores = rewriter.make("mul", {{"x", scores}, {"y", scale}});
      if (mask)
        scores = rewriter.make(
            "add", {{"x", scores}, {"y", mask->type().rank() < 2 || mask->type().dim(-2) == 1 ? mask : rows(mask, from, to, rewriter)}});
      Value *part = product(rewriter.make("softmax", {{"x", scores}, {"axis", rewriter.i32(-1)}}), value, false, rewriter);
      llvm::SmallVector<Value *, 2> parts;
      if (joined)
        parts.push_back(joined);
      parts.push_back(part);
      joined =
          rewriter.make("concat", {{"values", llvm::ArrayRef(parts)}, {"axis", rewriter.i32(-2)}, {"interleave", rewriter.flag(false)}});
      if (!joined)
        return false;
      from = to;
    }
    return joined->type() == op.result()->type() && rewriter.replace(op, joined);
  }

  static Value *product(Value *x, Value *y, bool transposed, Rewriter &rewriter) {
    return rewriter.make("matmul", {{"x", x}, {"y", y}, {"transpose_x", rewriter.flag(false)}, {"transpose_y", rewriter.flag(transposed)}});
  }

  /// Rows [from, to) of the last two dimensions.
  static Value *rows(Value *value, int64_t from, int64_t to, Rewriter &rewriter) {
    llvm::SmallVector<int64_t, 6> begin(value->type().rank(), 0), end(value->type().dims().begin(), value->type().dims().end());
    llvm::SmallVector<bool, 6> toEnd(value->type().rank(), true);
    begin.end()[-2] = from, end.end()[-2] = to, toEnd.end()[-2] = false;
    for (int64_t &dim : end)
      dim = std::max<int64_t>(dim, 0); // of unknown size: to the end
    return rewriter.make("slice_by_index",
                         {{"x", value}, {"begin", rewriter.ints(begin)}, {"end", rewriter.ints(end)}, {"end_mask", rewriter.flags(toEnd)}});
  }

  /// The mask in the type of the scores; null for none that can be sliced.
  static Value *addedMask(Operation &op, DType type, Rewriter &rewriter) {
    Value *mask = op.input("attn_mask");
    if (!mask || !mask->type().hasStaticShape())
      return nullptr;
    if (mask->type().dtype() == type)
      return mask;
    if (mask->type().dtype() != DType::Bool)
      return nullptr;
    Value *hidden = rewriter.make("logical_not", ArgumentSpec("x", mask));
    return rewriter.make(
        "select", {{"cond", hidden}, {"a", rewriter.number(type, -INFINITY)}, {"b", rewriter.literal(Tensor(type, mask->type().dims()))}});
  }
};
} // namespace

MIL_PASS(scaled_dot_product_attention_sliced_q, ScaledDotProductAttentionSlicedQ)
