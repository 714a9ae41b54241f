// detect_concat_interleave: channels that are concatenated and then dealt out in turn.
//
//   c = concat((a, b, …), axis = -3);  r = reshape(c, [N, n, C, H, W]);  t = transpose(r, [0, 2, 1, 3, 4]);  y = reshape(t, [N, n · C, H,
//   W])
//     =>   y = concat((a, b, …), axis = -3, interleave = true)
//
// For n tensors of one known shape [N, C, H, W]. Not when anything between is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::detect_concat_interleave.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct DetectConcatInterleave : PatternPass {
  DetectConcatInterleave() : PatternPass({"reshape"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *concat, *reshape;
    const Literal *perm;
    auto pattern =
        m_op("reshape", m_once("transpose", m_once("reshape", m_once("concat").as(concat)).as(reshape), m_arg("perm", m_const(perm))));
    if (!matches(op, pattern))
      return false;
    const Argument *values = concat->argument("values");
    const Literal *axisLiteral = concat->constant("axis"), *interleave = concat->constant("interleave");
    std::optional<int64_t> axis = axisLiteral ? axisLiteral->asInt() : std::nullopt;
    std::optional<llvm::SmallVector<int64_t, 8>> axes = perm->asInts();
    Type part = values ? values->bindings().front().type() : Type(), result = op.result()->type();
    if (!part || !part.hasStaticShape() || part.rank() != 4 || (axis != -3 && axis != 1) || (interleave && interleave->asBool() != false) ||
        !axes || axes->size() != 5 || result != concat->result()->type() ||
        llvm::any_of(values->bindings(), [&](const Operand &each) { return each.type() != part; }))
      return false;
    for (int64_t &each : *axes)
      each = each < 0 ? each + 5 : each;
    int64_t count = int64_t(values->bindings().size());
    if (llvm::ArrayRef(*axes) != llvm::ArrayRef<int64_t>{0, 2, 1, 3, 4} ||
        reshape->result()->type().dims() != llvm::ArrayRef<int64_t>{part.dim(0), count, part.dim(1), part.dim(2), part.dim(3)})
      return false;
    return rewriter.replace(op, rewriter.makeLike(*concat, ArgumentSpec("interleave", rewriter.flag(true))));
  }
};
} // namespace

MIL_PASS(detect_concat_interleave, DetectConcatInterleave)
