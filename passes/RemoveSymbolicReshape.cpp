// remove_symbolic_reshape: a shape that is computed when the model runs, though all of it but one size is known before.
//
//   y = reshape(x, shape = s), y of type [?, 2, 64]   =>   y = reshape(x, shape = [-1, 2, 64])
//
// Not when two sizes are unknown, one is 0, or the shape is constant already.
//
// Exact.
// Source: coremltools' common::remove_symbolic_reshape.
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct RemoveSymbolicReshape : PatternPass {
  RemoveSymbolicReshape() : PatternPass({"reshape"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Type type = op.result()->type();
    if (!op.input("shape") || op.constant("shape") || !type.hasRank() || llvm::is_contained(type.dims(), 0) ||
        llvm::count_if(type.dims(), [](int64_t dim) { return dim < 0; }) > 1)
      return false;
    llvm::SmallVector<int64_t, 6> shape(type.dims().begin(), type.dims().end());
    for (int64_t &dim : shape)
      dim = std::max<int64_t>(dim, -1);
    Value *reshaped = rewriter.makeLike(op, ArgumentSpec("shape", rewriter.ints(shape)));
    return reshaped && reshaped->type() == type && rewriter.replace(op, reshaped);
  }
};
} // namespace

MIL_PASS(remove_symbolic_reshape, RemoveSymbolicReshape)
