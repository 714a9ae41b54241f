// fuse_stack_split: tensors that are stacked and taken apart again.
//
//   s = stack((a, b), axis = n);  (t, u) = split(s, axis = n) into single slices;  y = squeeze(t, axes = [n]);  z = squeeze(u, axes = [n])
//     =>   y = identity(a);  z = identity(b)
//
// Each squeeze by itself: the others may be missing, and slices may be read elsewhere.
//
// Exact.
// Source: coremltools' common::fuse_stack_split, which requires every slice to be squeezed once.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseStackSplit : PatternPass {
  FuseStackSplit() : PatternPass({"squeeze"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *slice = op.input("x");
    Operation *split = slice ? slice->definingOp() : nullptr;
    Value *stacked = split && split->is("split") ? split->input("x") : nullptr;
    Operation *stack = stacked ? stacked->definingOp() : nullptr;
    if (!stack || !stack->is("stack") || !stacked->type().hasRank())
      return false;
    const Argument *values = stack->argument("values");
    std::optional<int64_t> axis = axisOf(*stack, stacked), splitAxis = axisOf(*split, stacked);
    if (!values || !axis || axis != splitAxis || split->resultCount() != values->bindings().size() || slice->type().dim(int(*axis)) != 1)
      return false;
    const Literal *axes = op.constant("axes");
    std::optional<llvm::SmallVector<int64_t, 8>> squeezed = axes ? axes->asInts() : std::nullopt;
    int64_t rank = int64_t(stacked->type().rank());
    if (!squeezed || squeezed->size() != 1 || (squeezed->front() + rank) % rank != *axis)
      return false;
    Value *value = values->bindings()[slice->index()].value();
    return value && value->type() == op.result()->type() && rewriter.replace(op, rewriter.make("identity", ArgumentSpec("x", value)));
  }

  static std::optional<int64_t> axisOf(Operation &op, Value *stacked) {
    const Literal *literal = op.constant("axis");
    std::optional<int64_t> axis = literal ? literal->asInt() : std::nullopt;
    int64_t rank = int64_t(stacked->type().rank());
    return axis ? std::optional((*axis + rank) % rank) : std::nullopt;
  }
};
} // namespace

MIL_PASS(fuse_stack_split, FuseStackSplit, "Handles every squeezed slice separately.")
