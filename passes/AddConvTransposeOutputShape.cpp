// add_conv_transpose_output_shape: gives transposed convolutions the shape of their result as an argument.
//
//   y = conv_transpose(x, weight = W, …)   =>   y = conv_transpose(x, weight = W, output_shape = [N, C, D…], …)
//
// If the shape of the result is fully known, and the argument is missing.
//
// Exact.
// Source: coremltools' common::add_conv_transpose_output_shape.
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct AddConvTransposeOutputShape : PatternPass {
  AddConvTransposeOutputShape() : PatternPass({"conv_transpose"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Type type = op.result()->type();
    if (op.argument("output_shape") || !type.hasStaticShape())
      return false;
    rewriter.setArgument(op, ArgumentSpec("output_shape", rewriter.ints(type.dims())));
    return true;
  }
};
} // namespace

MIL_PASS(add_conv_transpose_output_shape, AddConvTransposeOutputShape)
