// fuse_squeeze_expand_dims: what squeeze takes away and expand_dims brings back.
//
//   y = squeeze(x, axes = a);  z = expand_dims(y, axes = b)   =>   z = identity(x), where z has the shape of x
//
// At most one dimension may be unknown. Not when y is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::fuse_squeeze_expand_dims.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseSqueezeExpandDims : PatternPass {
  FuseSqueezeExpandDims() : PatternPass({"expand_dims"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x;
    if (!matches(op, m_op("expand_dims", m_once("squeeze", m_value(x)))) || x->type() != op.result()->type() || !x->type().hasRank() ||
        llvm::count_if(x->type().dims(), [](int64_t dim) { return dim < 0; }) > 1)
      return false;
    return rewriter.replace(op, rewriter.make("identity", ArgumentSpec("x", x)));
  }
};
} // namespace

MIL_PASS(fuse_squeeze_expand_dims, FuseSqueezeExpandDims)
