// expand_dynamic_linear: a linear whose weight or bias is computed is a product and an addition.
//
//   y = linear(x, weight = w, bias = b), w computed         =>   y = add(x = matmul(x, y = w, transpose_y = true), y = b)
//   y = linear(x, weight = W, bias = b), only b computed    =>   y = add(x = linear(x, weight = W, bias = 0), y = b)
//
// The addition is left out for a bias of zeros, compressed or not. Computed is all but plain and compressed constants: the operation of
// devices takes no others.
//
// Exact, where linear adds its bias after rounding; else within a rounding of the element type.
// Source: coremltools' common::expand_dynamic_linear.
#include "mil/Ops/Elements.h"
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include <array>

using namespace mil;
using namespace mil::match;

namespace {
struct ExpandDynamicLinear : PatternPass {
  ExpandDynamicLinear() : PatternPass({"linear"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operand *x = op.operand("x"), *weight = op.operand("weight"), *bias = op.operand("bias");
    if (!x || !weight || (isStored(*weight) && (!bias || isStored(*bias))))
      return false;
    Value *product;
    if (isStored(*weight)) {
      int64_t outputs = weight->type().dim(0);
      if (outputs < 0)
        return false;
      product = rewriter.makeLike(op, ArgumentSpec("bias", rewriter.literal(Tensor(bias->type().dtype(), outputs))));
    } else {
      product =
          rewriter.make("matmul", {{"x", x}, {"y", weight}, {"transpose_x", rewriter.flag(false)}, {"transpose_y", rewriter.flag(true)}});
    }
    if (bias && !(isStored(*bias) && isZero(*bias, rewriter)))
      product = rewriter.make("add", {{"x", product}, {"y", bias}});
    return rewriter.replace(op, product, Rewriter::Compressed::Move);
  }

  static bool isStored(const Operand &operand) {
    const Operation *op = operand.value() ? operand.value()->definingOp() : nullptr;
    return constantOf(operand) || (op && op->isConstexpr());
  }

  static bool isZero(const Operand &operand, Rewriter &rewriter) {
    std::unique_ptr<ElementReader> elements = elementsOf(operand);
    std::array<double, 1024> values;
    for (int64_t at = 0, n; elements && at < elements->count(); at += n) {
      n = std::min(int64_t(values.size()), elements->count() - at);
      llvm::MutableArrayRef<double> window(values.data(), size_t(n));
      if (!elements->read(at, window, rewriter.diags()) || llvm::any_of(window, [](double value) { return value != 0; }))
        return false;
    }
    return elements != nullptr;
  }
};
} // namespace

MIL_PASS(expand_dynamic_linear, ExpandDynamicLinear)
