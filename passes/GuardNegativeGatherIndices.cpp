// guard_negative_gather_indices: from iOS17 on negative indices count from the end; for devices that don't support that, operations compute
// it.
//
//   y = gather(x, indices = i, axis = a)
//     =>   i >= 0 ? i : i + shape(x)[a], as int32, for i
//   y = gather_nd(x, indices = i, batch_dims = b), i of shape [..., k]
//     =>   i >= 0 ? i : i + shape(x)[b : b + k], as int32, for i
//
// Only for opsets from iOS17 on. Not indices of an unsigned type, constant ones without a negative, or those that are guarded already.
//
// Exact.
// Source: coremltools' common::guard_negative_gather_indices, which takes the sizes of the batch dimensions for gather_nd.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "patterns/NegativeIndices.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct GuardNegativeGatherIndices : PatternPass {
  GuardNegativeGatherIndices() : PatternPass({"gather", "gather_nd"}) {}

  bool startFunction(Function &function) override { return function.opset() >= Opset::IOS17; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *indices = op.input("indices"), *x = op.input("x");
    if (!indices || !x || !x->type().isTensor() || !x->type().hasRank() || !indices->type().isTensor() || !indices->type().hasRank() ||
        !isSignedInteger(indices->type().dtype()) || isGuarded(indices, *x) || areNeverNegative(indices, rewriter))
      return false;
    if (indices->type().dtype() != DType::Int32)
      indices = rewriter.make("cast", {{"x", indices}, {"dtype", rewriter.string("int32")}});
    if (!indices)
      return false;
    Value *size = op.is("gather") ? sizeOfAxis(op, x, rewriter) : sizesOfIndexed(op, x, indices, rewriter);
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("indices", countedFromFront(indices, size, rewriter))}));
  }

  /// What this pass makes, or another index instead of negative ones; or that cast to a type that has all indices of x, as add_int16_cast
  /// leaves it.
  static bool isGuarded(Value *indices, const Value &x) {
    Operation *select = indices->definingOp();
    if (select && select->is("cast") && holdsIndicesOf(x, indices->type().dtype()) && select->input("x"))
      select = select->input("x")->definingOp();
    Value *plain = select && select->is("select") ? select->input("a") : nullptr;
    auto isIndex = m_op("greater_equal", m_same(plain), m_exactly(0));
    auto isCounted = m_if([](const Operand &other) {
      const Literal *constant = constantOf(other);
      return constant && constant->asInt().value_or(-1) >= 0;
    });
    return plain && matches(*select, "cond", m_either(isIndex, m_op("logical_and", isIndex))) &&
           matches(*select, "b", m_either(m_op("add", m_same(plain), m_any()), isCounted));
  }

  static bool holdsIndicesOf(const Value &x, DType type) {
    uint64_t end = uint64_t(1) << (bitWidth(type) - 1);
    return llvm::all_of(x.type().dims(), [&](int64_t size) { return size >= 0 && uint64_t(size) <= end; });
  }

  /// One element of a vector.
  static Value *element(Value *vector, int64_t i, Rewriter &rewriter) {
    Operation *slice = rewriter.createTyped(
        "slice_by_index", Type::scalar(rewriter.context(), DType::Int32),
        {{"x", vector}, {"begin", rewriter.ints({i})}, {"end", rewriter.ints({0})}, {"squeeze_mask", rewriter.flags({true})}});
    return slice ? slice->result() : nullptr;
  }

  static Value *sizeOfAxis(Operation &op, Value *x, Rewriter &rewriter) {
    const Literal *literal = op.constant("axis");
    std::optional<int64_t> axis = literal ? literal->asInt() : std::nullopt;
    int64_t rank = int64_t(x->type().rank());
    if (!axis || *axis < -rank || *axis >= rank)
      return nullptr;
    Value *shape = rewriter.make("shape", ArgumentSpec("x", x));
    return shape ? element(shape, *axis < 0 ? *axis + rank : *axis, rewriter) : nullptr;
  }

  static Value *sizesOfIndexed(Operation &op, Value *x, Value *indices, Rewriter &rewriter) {
    const Literal *batch = op.constant("batch_dims");
    std::optional<int64_t> first = batch ? batch->asInt() : std::optional<int64_t>(0);
    size_t rank = indices->type().rank();
    if (!first || !rank || indices->type().dim(-1) < 0)
      return nullptr;
    Value *shape = rewriter.make("shape", ArgumentSpec("x", x)), *shapeOfIndices = rewriter.make("shape", ArgumentSpec("x", indices));
    Value *count = shapeOfIndices ? element(shapeOfIndices, int64_t(rank) - 1, rewriter) : nullptr;
    Value *size = rewriter.make("expand_dims", {{"x", count}, {"axes", rewriter.ints({0})}});
    if (!shape || !size)
      return nullptr;
    Type sizes = Type::tensor(rewriter.context(), DType::Int32, indices->type().dim(-1));
    Operation *slice = rewriter.createTyped("slice_by_size", sizes, {{"x", shape}, {"begin", rewriter.ints({*first})}, {"size", size}});
    return slice ? slice->result() : nullptr;
  }
};
} // namespace

MIL_PASS(guard_negative_gather_indices, GuardNegativeGatherIndices,
         "Adds the sizes of the indexed dimensions if gather_nd has batch dimensions, skips constant indices without "
         "negative values, and doesn't guard indices twice.")
