// Attention.

#include "Definition.h"
#include "Families.h"
#include <cmath>

namespace mil {

/// Whether the mask's dimensions before the last broadcast to those of the query, and its last is the number of keys.
static bool checkMask(const Args &a) {
  llvm::ArrayRef<int64_t> mask = a["attn_mask"].dims(), query = a["query"].dims();
  Dims scores(query);
  scores.back() = a["key"].dim(-2);
  bool fits = !mask.empty() && mask.size() <= query.size() && shapes::compatible(mask.back(), scores.back());
  for (size_t fromEnd = 2; fits && fromEnd <= mask.size(); ++fromEnd) {
    int64_t dim = mask[mask.size() - fromEnd];
    fits = dim == 1 || shapes::compatible(dim, query[query.size() - fromEnd]);
  }
  if (!fits)
    a.failShape("attn_mask", "a shape that broadcasts to " + printDims(scores));
  return fits;
}

static Inferred inferAttention(const Args &a) {
  Arg query = a["query"], key = a["key"], value = a["value"];
  if (query.rank() < 3)
    return a.failRank("query", "3 or more");
  for (llvm::StringRef other : {"key", "value"}) {
    if (a[other].rank() != query.rank())
      return a.failRank(other, std::to_string(query.rank()) + ", as query");
    if (!shapes::compatible(a[other].dims().drop_back(2), query.dims().drop_back(2)))
      return a.failShape(other, printDims(query.dims().drop_back(2)) + " before the last two dimensions, as query");
  }
  if (!shapes::compatible(key.dim(-1), query.dim(-1)))
    return a.failShape("key", "a last dimension of " + std::to_string(query.dim(-1)) + ", as query");
  if (!shapes::compatible(value.dim(-2), key.dim(-2)))
    return a.failShape("value", "a dimension -2 of " + std::to_string(key.dim(-2)) + ", as key");
  if (a["attn_mask"] && !checkMask(a))
    return a.failed();
  Dims dims(query.dims());
  dims.back() = value.dim(-1);
  return a.tensor(query.dtype(), dims);
}

/// What is added to the scores: of a mask of bools, 0 where it holds and -inf elsewhere.
static Tensor maskAsNumbers(const Tensor &mask) {
  if (mask.dtype() != DType::Bool)
    return mask;
  return map(mask, DType::Float64, [](auto attend) { return attend != 0 ? 0.0 : -INFINITY; });
}

static Folded foldAttention(const Args &a, const Tensor &query, const Tensor &key, const Tensor &value, const std::optional<Tensor> &mask) {
  Dims scoreDims(query.dims()), perm;
  scoreDims.back() = key.dim(-2);
  std::optional<int64_t> scoreCount = shapes::product(scoreDims);
  if (!scoreCount || uint64_t(*scoreCount) > a.maxElements())
    return {};
  for (size_t i = 0; i < query.rank(); ++i)
    perm.push_back(int64_t(i));
  std::swap(perm.end()[-1], perm.end()[-2]);

  double scale = 1 / std::sqrt(double(query.dim(-1)));
  Tensor scores = map(matmul(query, permute(key, perm), scoreDims, DType::Float64), [&](auto score) { return double(score) * scale; });
  if (mask)
    scores = mapPairs(scores, maskAsNumbers(*mask), scoreDims, DType::Float64, [](auto score, auto m) { return score + m; });
  Tensor weights = mapRows(scores, {int64_t(query.rank()) - 1}, DType::Float64, [](auto row) {
    if constexpr (std::is_same_v<decltype(row), llvm::MutableArrayRef<double>>)
      softmaxRow(row);
  });
  return matmul(weights, value, a.resultType().dims(), query.dtype());
}

void ops::defineTransformers(Catalogue &catalogue) {
  OpFamily op(catalogue, "transformers");

  // A mask of bools selects the keys to attend to; one of floats is added to the scores. The leading dimensions don't broadcast.
  op("scaled_dot_product_attention", iOS18)
      .summary("softmax(query · keyᵀ / √E + attn_mask) · value, of [B…, L, E], [B…, S, E] and [B…, S, V]")
      .in("query", T)
      .in("key", T)
      .in("value", T)
      .in("attn_mask", M, optional)
      .where(T, {fp16, fp32})
      .where(M, {boolean, fp16, fp32})
      .infer(inferAttention)
      .fold(foldAttention, tensorOf("query"), tensorOf("key"), tensorOf("value"), tensorIfGiven("attn_mask"));
}

} // namespace mil
