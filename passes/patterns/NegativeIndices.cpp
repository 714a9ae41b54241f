#include "patterns/NegativeIndices.h"

namespace mil {

bool areNeverNegative(const Value *indices, const Rewriter &rewriter) {
  std::optional<Tensor> tensor = rewriter.tensor(indices, 1 << 20);
  for (int64_t i = 0; tensor && i < tensor->count(); ++i)
    if (tensor->integer(i) < 0)
      return false;
  return tensor.has_value();
}

Value *countedFromFront(Value *indices, Value *sizes, Rewriter &rewriter) {
  Value *negative = rewriter.make("add", {{"x", indices}, {"y", sizes}});
  Value *isIndex = rewriter.make("greater_equal", {{"x", indices}, {"y", rewriter.i32(0)}});
  return rewriter.make("select", {{"cond", isIndex}, {"a", indices}, {"b", negative}});
}

} // namespace mil
