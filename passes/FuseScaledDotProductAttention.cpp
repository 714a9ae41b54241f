// fuse_scaled_dot_product_attention: attention that is written out becomes the operation of iOS18.
//
//   s = matmul(q, k, transpose_y = true);  t = mul(s, c);  u = add(t, m);  p = softmax(u, axis = -1);  y = matmul(p, v)
//     =>   y = scaled_dot_product_attention(query = q · c·√E, key = k, value = v, attn_mask = m)
//
// E is the last dimension of q. The product with c·√E is left out where that is 1, to the precision of the element type.
// What may vary:
//
//   c          before the product (on q, k or both, also behind transposes, reshapes and casts), after it, or after the
//              mask, which it then multiplies; as a division; or absent
//   k          already transposed: matmul(q, k). A transpose is removed, or one is inserted
//   m          on either side of the add; several of them; select(cond, t, fill) and select(cond, fill, t) with a constant
//              fill of -10000 or less, before or after c
//   casts      between fp16 and fp32, before the scores and around the softmax
//   batches    that broadcast: tile makes them equal
//   reshapes   of scores and probabilities that keep the last two dimensions
//   guards     p = select(rows, 0, softmax(u)) of whole rows, or of all that a select has masked before: becomes a select
//              among rows of y
//   rank 2     with expand_dims and squeeze
//   K·Qᵀ       for Q·Kᵀ, with a softmax over its other dimension; Vᵀ·Pᵀ for P·V: q, k, v, m and y are transposed as needed
//   einsum     for either product, in the layout [batch, channels, head, sequence] of models for the Neural Engine
//
// A select becomes a mask of bools when fill is -inf, or cond a constant that leaves something to attend to in every row; else fill is
// added, and a row that is masked wholly is then no longer uniform, but not NaN either. Not where a constant is known to mask a row wholly.
//
// Not when scores or probabilities are read elsewhere, returned, or in another block; when E, or whether sizes agree, isn't known; when
// there is another operation in between (a soft cap, for example); below iOS18, unless `target` allows to raise the opset and all functions
// are legal there.
//
// Reassociates: within a few roundings of the element type. Source: none; coremltools has no such pass.
#include "mil/Pass/OpsetRaise.h"
#include "patterns/AttentionOperands.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;
using namespace mil::attention;

namespace {
struct FuseScaledDotProductAttention : PatternPass {
  FuseScaledDotProductAttention() : PatternPass({"matmul", "einsum"}) {}
  TargetOption target{*this, "target", "Raise the opset of all functions to this one if a fusion needs it"};
  Option<std::vector<std::string>> functions{*this, "functions", "Only fuse in functions with these names"};
  Option<std::vector<std::string>> only{*this, "ops", "Only fuse if the softmax or the last product has one of these names"};
  Option<std::vector<std::string>> skip{*this, "skip_ops", "Don't fuse if the softmax or the last product has one of these names"};
  Option<bool> equalBatches{*this, "equal_unknown_batches", "Assume that unknown batch dimensions are equal", false};
  std::optional<bool> canRaise; ///< whether the program is legal at `target`, once tried in this function

  bool startFunction(Function &function) override {
    canRaise.reset();
    return (function.opset() >= Opset::IOS18 || !target->empty()) &&
           (functions->empty() || llvm::is_contained(*functions, function.name().str()));
  }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    std::optional<Attention> found = Attention::find(op, rewriter);
    if (!found || !isChosen(*found))
      return false;
    if (rewriter.opset() >= Opset::IOS18)
      return fuse(*found, rewriter);
    OpsetRaise raise(rewriter.program(), opsetFromName(*target));
    if (!canRaise)
      canRaise = raise.isLegal();
    if (!*canRaise || !fuse(*found, rewriter))
      return raise.undo(), false;
    raise.keep(rewriter.run().model);
    return true;
  }

  bool isChosen(const Attention &found) const {
    auto isNamed = [&](const std::vector<std::string> &names) {
      return llvm::any_of(names, [&](llvm::StringRef name) {
        return llvm::any_of(llvm::ArrayRef<Operation *>{found.last, found.softmax},
                            [&](Operation *each) { return name == each->opName() || name == each->result()->name().str(); });
      });
    };
    return (only->empty() || isNamed(*only)) && !isNamed(*skip);
  }

  bool fuse(const Attention &found, Rewriter &rewriter) const {
    auto compressed = found.losesCompressed ? Rewriter::Compressed::Move : Rewriter::Compressed::Keep;
    return rewriter.replace(*found.last, fused(found, rewriter), compressed);
  }

  Value *fused(const Attention &found, Rewriter &rewriter) const {
    OperandMaker make(rewriter, *equalBatches);
    Type resultType = found.last->result()->type();
    DType type = resultType.dtype();
    double scale = found.scale;
    auto plain = [&](Value *value, const Matrix &matrix) { return make.ofType(make.plain(value, matrix.layout), type); };
    Value *query = plain(make.withoutScale(found.query.value, scale), found.query);
    Value *key = plain(make.withoutScale(found.key.value, scale), found.key);
    Value *value = plain(found.value.value, found.value);
    if (!query || !key || !value)
      return nullptr;

    // The operation runs on batches grouped as where the mask is added.
    auto batchOf = [](llvm::ArrayRef<int64_t> plainDims) { return Dims(plainDims.drop_back(2)); };
    Dims scoresBatch = batchOf(found.layout.plain(found.scores.dims())), resultBatch = batchOf(found.resultLayout.plain(resultType.dims()));
    Dims batch = found.masked ? batchOf(*found.masked) : scoresBatch;
    bool isMatrix = batch.empty();
    if (isMatrix)
      batch.push_back(1);
    auto batched = [&](Value *each, const Dims &old) {
      each = make.broadcast(each, old);
      return isMatrix && old.empty() && each ? rewriter.make("expand_dims", {{"x", each}, {"axes", rewriter.ints({0})}})
                                             : make.regroup(each, batch);
    };
    query = batched(query, scoresBatch), key = batched(key, scoresBatch), value = batched(value, resultBatch);
    int64_t width = query ? std::max(query->type().dim(-1), key ? key->type().dim(-1) : -1) : -1;
    if (width <= 0 || !key || !value)
      return nullptr;
    query = make.product(query, scale * std::sqrt(double(width)));

    ArgumentSpec mask = ArgumentSpec::none("attn_mask");
    if (!found.added.empty() || !found.choices.empty()) {
      Value *made = make.mask(found, type);
      if (!made)
        return nullptr;
      mask = ArgumentSpec("attn_mask", made);
    }
    Value *result = rewriter.make("scaled_dot_product_attention", {{"query", query}, {"key", key}, {"value", value}, mask});
    if (isMatrix && resultBatch.empty())
      result = rewriter.make("squeeze", {{"x", result}, {"axes", rewriter.ints({0})}});
    result = make.inLayout(make.guarded(make.regroup(result, resultBatch), found), found.resultLayout);
    return result && result->type() == resultType ? result : nullptr;
  }
};
} // namespace

MIL_PASS(fuse_scaled_dot_product_attention, FuseScaledDotProductAttention)
