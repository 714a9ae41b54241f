// use_reflection_padding: slices of a tensor that are put around it in reverse.
//
//   a = x[…, 2:3];  b = x[…, 1:2];  c = x[…, -2:-1];  d = x[…, -3:-2];  y = concat((a, b, x, c, d), axis = -1)
//     =>   y = pad(x, pad = [2, 2], mode = "reflect")
//
// Slices by slice_by_index, of one of the last two dimensions, that of the concat; as many on either side. Slices may be read elsewhere.
// Not for an x of unknown size.
//
// Exact.
// Source: coremltools' common::use_reflection_padding.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct UseReflectionPadding : PatternPass {
  UseReflectionPadding() : PatternPass({"concat"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    const Argument *values = op.argument("values");
    const Literal *axisLiteral = op.constant("axis"), *interleave = op.constant("interleave");
    std::optional<int64_t> axis = axisLiteral ? axisLiteral->asInt() : std::nullopt;
    if (!values || values->bindings().size() < 3 || values->bindings().size() % 2 == 0 || !axis ||
        (interleave && interleave->asBool() != false))
      return false;
    int64_t width = int64_t(values->bindings().size() / 2);
    Value *x = values->bindings()[size_t(width)].value();
    if (!x || !x->type().hasStaticShape())
      return false;
    int64_t rank = int64_t(x->type().rank()), fromEnd = *axis < 0 ? -*axis : rank - *axis;
    if (fromEnd < 1 || fromEnd > std::min<int64_t>(rank, 2) || width >= x->type().dim(int(-fromEnd)))
      return false;
    int64_t size = x->type().dim(int(-fromEnd));
    for (int64_t i = 0; i < 2 * width + 1; ++i) {
      int64_t expected = i < width ? width - i : size - 1 - (i - width);
      if (i != width && sliceIndex(values->bindings()[size_t(i)].value(), x, size_t(rank - fromEnd)) != expected)
        return false;
    }
    llvm::SmallVector<int64_t, 4> pad(size_t(2 * fromEnd), 0);
    pad[0] = pad[1] = width;
    return rewriter.replace(op, rewriter.make("pad", {{"x", x},
                                                      {"pad", rewriter.ints(pad)},
                                                      {"mode", rewriter.string("reflect")},
                                                      {"constant_val", rewriter.number(x->type().dtype(), 0)}}));
  }

  /// Where along `axis` a value is one slice of x; nullopt when it isn't.
  static std::optional<int64_t> sliceIndex(Value *value, Value *x, size_t axis) {
    Operation *slice = value ? value->definingOp() : nullptr;
    if (!slice || !slice->is("slice_by_index") || slice->input("x") != x)
      return std::nullopt;
    // Whatever else has its full size with stride 1 starts at 0.
    llvm::SmallVector<int64_t, 6> dims(x->type().dims().begin(), x->type().dims().end());
    dims[axis] = 1;
    const Literal *begin = slice->constant("begin"), *stride = slice->constant("stride"), *masks = slice->constant("begin_mask");
    std::optional<llvm::SmallVector<int64_t, 8>> from = begin ? begin->asInts() : std::nullopt,
                                                 step = stride ? stride->asInts() : std::nullopt;
    bool masked = slice->argument("begin_mask") && (!masks || masks->elementAsDouble(axis) != 0);
    if (!from || value->type().dims() != llvm::ArrayRef(dims) || (slice->argument("stride") && !step) ||
        (step && llvm::any_of(*step, [](int64_t each) { return each != 1; })))
      return std::nullopt;
    int64_t index = masked ? 0 : (*from)[axis];
    return index < 0 ? index + x->type().dim(int(axis)) : index;
  }
};
} // namespace

MIL_PASS(use_reflection_padding, UseReflectionPadding,
         "Checks begins, strides and masks of all slices and the axis of the concat, and allows other users of the "
         "slices.")
