#include "PoolForms.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

static bool poolsWholeImages(const Operation &op) {
  const Operand *x = op.operand("x");
  const Literal *kernels = op.constant("kernel_sizes"), *padding = op.constant("pad_type"), *pad = op.constant("pad");
  auto sizes = kernels ? kernels->asInts() : std::nullopt;
  auto pads = pad ? pad->asInts() : std::nullopt;
  if (!x || !x->type().isTensor() || !x->type().hasRank() || !sizes || x->type().rank() != sizes->size() + 2)
    return false;
  std::string kind = padding ? padding->asString().value_or("").str() : "";
  bool isPadded = kind == "custom" ? !pads || llvm::any_of(*pads, [](int64_t each) { return each != 0; }) : kind != "valid";
  return !isPadded && llvm::equal(*sizes, x->type().dims().drop_front(2));
}

bool reducePool(const ConstantPlace &place, const Alignment &alignment, UnifiedFunction &unified) {
  Operation &op = *place.op, *copy = unified.copyOf(&op);
  bool isMean = op.is("avg_pool");
  if (!(isMean || op.is("max_pool")) || (place.name.str() != "kernel_sizes" && place.name.str() != "strides"))
    return false;
  llvm::StringRef form = isMean ? "reduce_mean" : "reduce_max";
  if (copy->is(form))
    return true;
  for (size_t i = 0; i < alignment.functionCount(); ++i)
    if (!poolsWholeImages(*alignment.operation(&op, i)))
      return false;
  llvm::SmallVector<int64_t, 3> axes;
  for (int64_t axis = 2; axis < int64_t(op.operand("x")->type().rank()); ++axis)
    axes.push_back(axis);
  Rewriter &rewriter = unified.rewriter();
  rewriter.setInsertionPoint(copy);
  Operation *reduction =
      rewriter.create(form, {{"x", copy->operand("x")}, {"axes", rewriter.ints(axes)}, {"keep_dims", rewriter.flag(true)}});
  if (!reduction)
    return false;
  reduction->result()->setType(copy->result()->type());
  if (!rewriter.replace(*copy, reduction->result()))
    return false;
  unified.setCopy(op, *reduction), unified.setCopy(*op.result(), *reduction->result());
  return true;
}

} // namespace mil
