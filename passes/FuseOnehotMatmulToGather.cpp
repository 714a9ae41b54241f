// fuse_onehot_matmul_to_gather: the product of one-hot vectors and a matrix picks rows of the matrix.
//
//   h = one_hot(indices = i, one_hot_vector_size = n, axis = -1, on_value = 1, off_value = 0);  y = matmul(x = h, y = W)
//     =>   y = gather(x = W, indices = i, axis = 0)
//
//     =>   y = gather(x = W with a row of zeros behind it, indices = select(0 <= i < n, i, n), axis = 0)
//
// For W of rank 2 with n rows and the last axis, written as -1 or as the rank of i. Not where h is read elsewhere or returned, and not for
// transposed operands. An index outside of 0 … n - 1 gives zeros. So the first form is for indices that are in range for certain, by where
// they come from (argmax and topk, remainders, clipped values, constants, other element types, through what only moves elements), or by
// the word of the caller; the second is for others, if W is a plain constant that nothing else reads. The row is added while W is written.
//
// Exact for a finite W.
// Source: coremltools' common::fuse_onehot_matmul_to_gather.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {

/// What is known of the values of an integer tensor.
struct Bounds {
  double least = -HUGE_VAL, most = HUGE_VAL;
};

Bounds intersection(Bounds a, Bounds b) { return {std::max(a.least, b.least), std::min(a.most, b.most)}; }
Bounds hull(Bounds a, Bounds b) { return {std::min(a.least, b.least), std::max(a.most, b.most)}; }

/// The bounds of values, as far as a few operations back tell.
class BoundsFinder {
public:
  explicit BoundsFinder(Rewriter &rewriter) : rewriter(rewriter) {}
  Bounds of(const Operand *operand) { return operand ? limited(*operand) : Bounds(); }

private:
  Bounds limited(const Operand &operand) {
    Type type = operand.type();
    if (!type.isTensor() || steps-- == 0)
      return {};
    return intersection(ofType(type.dtype()), computed(operand));
  }

  static Bounds ofType(DType type) {
    unsigned bits = bitWidth(type);
    if (type == DType::Bool)
      return {0, 1};
    return isInteger(type) && !isSignedInteger(type) ? Bounds{0, std::ldexp(1.0, int(bits)) - 1} : Bounds();
  }

  Bounds computed(const Operand &operand) {
    if (constantOf(operand))
      return constant(operand);
    const Operation *op = operand.value()->definingOp();
    if (!op)
      return {};
    auto argument = [&](llvm::StringRef name) { return of(op->operand(name)); };
    if (op->is("cast"))
      return isInteger(op->operand("x")->type().dtype()) || op->operand("x")->type().dtype() == DType::Bool ? argument("x") : Bounds();
    for (llvm::StringRef mover : {"reshape", "transpose", "expand_dims", "squeeze", "slice_by_index", "slice_by_size", "identity", "tile",
                                  "gather", "gather_along_axis", "reverse"})
      if (op->is(mover))
        return argument("x");
    if (op->is("maximum"))
      return {std::max(argument("x").least, argument("y").least), std::max(argument("x").most, argument("y").most)};
    if (op->is("minimum"))
      return {std::min(argument("x").least, argument("y").least), std::min(argument("x").most, argument("y").most)};
    if (op->is("select"))
      return hull(argument("a"), argument("b"));
    if (op->is("mod")) { // has the sign of the divisor
      Bounds divisor = argument("y");
      return divisor.least > 0 ? Bounds{0, divisor.most - 1} : Bounds();
    }
    return ofIndices(*op, *operand.value());
  }

  /// What argmax and the like find are indices of a dimension.
  static Bounds ofIndices(const Operation &op, const Value &value) {
    bool isTopK = op.is("topk") && op.resultCount() == 2 && &value == op.result(1);
    if (!isTopK && !op.is("reduce_argmax") && !op.is("reduce_argmin"))
      return {};
    const Value *x = op.input("x");
    const Literal *literal = op.constant("axis");
    std::optional<int64_t> axis = literal ? literal->asInt() : std::optional<int64_t>(-1);
    if (!x || !x->type().hasRank() || !axis || *axis < -int64_t(x->type().rank()) || *axis >= int64_t(x->type().rank()))
      return {};
    int64_t size = x->type().dim(int(*axis));
    return size < 0 ? Bounds() : Bounds{0, double(size) - 1};
  }

  Bounds constant(const Operand &operand) {
    std::optional<Tensor> values = rewriter.tensor(&operand, 1 << 20);
    if (!values)
      return {};
    Bounds bounds{HUGE_VAL, -HUGE_VAL};
    for (int64_t i = 0; i < values->count(); ++i)
      bounds = hull(bounds, {values->number(i), values->number(i)});
    return bounds;
  }

  Rewriter &rewriter;
  unsigned steps = 16;
};

struct FuseOnehotMatmulToGather : PatternPass {
  FuseOnehotMatmulToGather() : PatternPass({"matmul"}) {}
  Option<bool> inRange{*this, "assume_in_range", "Assume that all indices are valid", false};

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *oneHot;
    auto vectors = m_once("one_hot", m_arg("on_value", m_exactly(1)), m_arg("off_value", m_exactly(0))).as(oneHot);
    if (!matches(op, "x", vectors) || isSet(op, "transpose_x") || isSet(op, "transpose_y"))
      return false;
    Operand *indices = oneHot->operand("indices"), *matrix = op.operand("y");
    const Literal *size = oneHot->constant("one_hot_vector_size"), *axis = oneHot->constant("axis");
    Type shape = matrix ? matrix->type() : Type();
    if (!indices || !indices->type().hasRank() || !size || !size->asInt() || !shape || shape.rank() != 2 || shape.dim(0) != size->asInt())
      return false;
    if (oneHot->argument("axis") && (!axis || (axis->asInt() != -1 && axis->asInt() != int64_t(indices->type().rank()))))
      return false;
    Bounds bounds = inRange ? Bounds{0, 0} : BoundsFinder(rewriter).of(indices);
    Value *rows;
    if (bounds.least >= 0 && bounds.most < double(*size->asInt()))
      rows = rewriter.make("gather", {{"x", matrix}, {"indices", indices}, {"axis", rewriter.i32(0)}});
    else
      rows = guarded(*matrix, *indices, *size->asInt(), rewriter);
    return rows && rows->type() == op.result()->type() && rewriter.replace(op, rows);
  }

  static Value *guarded(const Operand &matrix, const Operand &indices, int64_t size, Rewriter &rewriter) {
    const Literal *constant = constantOf(matrix);
    if (!constant || (matrix.value() && !matrix.value()->hasOneUse()))
      return nullptr;
    Value *notBefore = rewriter.make("greater_equal", {{"x", &indices}, {"y", rewriter.i32(0)}});
    Value *notAfter = rewriter.make("less", {{"x", &indices}, {"y", rewriter.i32(size)}});
    Value *isIndex = rewriter.make("logical_and", {{"x", notBefore}, {"y", notAfter}});
    Value *safe = rewriter.make("select", {{"cond", isIndex}, {"a", &indices}, {"b", rewriter.i32(size)}});
    return rewriter.make("gather", {{"x", withZeros(*constant, rewriter.context())}, {"indices", safe}, {"axis", rewriter.i32(0)}});
  }

  /// A matrix with a row of zeros behind it.
  static const Literal *withZeros(const Literal &matrix, Context &context) {
    Type type = matrix.type();
    std::optional<uint64_t> size = type.hasStaticShape() ? packedSize(type.dtype(), uint64_t(*type.elementCount())) : std::nullopt;
    if (!size || isSubByte(type.dtype()))
      return nullptr;
    return streamedBytes(context, type.withDims(context, {type.dim(0) + 1, type.dim(1)}),
                         [&matrix, size = *size](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
                           uint64_t there = offset < size ? std::min<uint64_t>(size - offset, out.size()) : 0;
                           std::fill(out.begin() + ptrdiff_t(there), out.end(), uint8_t(0));
                           return there == 0 || readBytes(matrix, offset, out.take_front(there));
                         });
  }

  static bool isSet(const Operation &op, llvm::StringRef flag) {
    const Literal *literal = op.constant(flag);
    return op.argument(flag) && (!literal || literal->asBool() != false);
  }
};
} // namespace

MIL_PASS(fuse_onehot_matmul_to_gather, FuseOnehotMatmulToGather,
         "An index out of range gives zeros in the original, but would give undefined values in gather. So indices that "
         "may be out of range are redirected to an added row of zeros; if the matrix has other users, the pattern isn't "
         "changed. With assume_in_range, all indices are assumed to be valid. A separate guard against negative indices, "
         "as in coremltools, is not needed. A non-negative axis must be the last one; coremltools expects the one before "
         "it.")
