#include "patterns/AttentionOperands.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <cmath>

namespace mil::attention {

/// Constant masks of more elements are not computed with.
static constexpr uint64_t maxMask = 1 << 26;

static llvm::ArrayRef<int64_t> batchOf(const Value *value) { return value->type().dims().drop_back(2); }

// ---- Moving elements --------------------------------------------------------

Value *OperandMaker::transposed(Value *value, llvm::ArrayRef<int64_t> perm) {
  if (!value || llvm::equal(perm, llvm::seq<int64_t>(0, int64_t(perm.size()))))
    return value;
  return rewriter.make("transpose", {{"x", value}, {"perm", rewriter.ints(perm)}});
}

Value *OperandMaker::plain(Value *value, Layout layout) {
  if (!value || !layout.fits(value->type().rank()))
    return nullptr;
  if (layout.isPlain())
    return value;
  Dims perm = layout.perm(value->type().rank());
  Operation *before = value->definingOp();
  const Literal *literal = before && before->is("transpose") ? before->constant("perm") : nullptr;
  if (auto known = literal ? literal->asInts() : std::nullopt; known && known->size() == perm.size() && before->input("x")) {
    for (int64_t &axis : perm) {
      axis = (*known)[size_t(axis)];
      axis += axis < 0 ? int64_t(perm.size()) : 0;
    }
    value = before->input("x");
  }
  return transposed(value, perm);
}

Value *OperandMaker::inLayout(Value *value, Layout layout) {
  if (!value || !layout.fits(value->type().rank()))
    return nullptr;
  Dims perm = layout.perm(value->type().rank()), inverse(perm);
  for (auto [i, axis] : llvm::enumerate(perm))
    inverse[size_t(axis)] = int64_t(i);
  return transposed(value, inverse);
}

Value *OperandMaker::withoutScale(Value *value, double &scale) {
  llvm::SmallVector<Operation *, 4> moves;
  Value *at = value, *bare = value;
  size_t movesToBare = 0;
  double factor;
  for (unsigned step = 0; step < maxSteps && at->definingOp(); ++step) {
    Operation *op = at->definingOp();
    bool serves = at->hasOneUse() && at->firstUse()->user();
    if (Value *scaled = scaledValue(*op, factor)) {
      scale *= factor;
      at = bare = scaled;
      movesToBare = moves.size();
    } else if (serves && op->input("x") && (op->is("transpose") || op->is("reshape") || isFloatCast(*op))) {
      moves.push_back(op);
      at = op->input("x");
    } else {
      break;
    }
  }
  for (Operation *op : llvm::reverse(llvm::ArrayRef(moves).take_front(movesToBare)))
    bare = rewriter.makeLike(*op, ArgumentSpec("x", bare));
  return bare;
}

Value *OperandMaker::ofType(Value *value, DType type) {
  if (!isFloatTensor(value) || value->type().dtype() == type)
    return isFloatTensor(value) ? value : nullptr;
  Operation *op = value->definingOp();
  if (op && isFloatCast(*op) && op->input("x")->type().dtype() == type && type == DType::Float16)
    return op->input("x");
  return type == DType::Float32 ? rewriter.make("cast", {{"x", value}, {"dtype", rewriter.string(name(type))}}) : nullptr;
}

Value *OperandMaker::broadcast(Value *value, llvm::ArrayRef<int64_t> target) {
  if (!value || value->type().rank() < 2 || value->type().rank() > target.size() + 2)
    return nullptr;
  if (size_t missing = target.size() + 2 - value->type().rank())
    value = rewriter.make("expand_dims", {{"x", value}, {"axes", rewriter.ints(llvm::to_vector(llvm::seq<int64_t>(0, int64_t(missing))))}});
  if (!value)
    return nullptr;
  llvm::SmallVector<int64_t, 6> reps(target.size() + 2, 1);
  for (auto [i, dim, wanted] : llvm::enumerate(batchOf(value), target)) {
    if (dim == 1 && wanted > 1)
      reps[i] = wanted;
    else if (dim != wanted ? !(assumeEqual && (dim < 0 || wanted < 0)) : (dim < 0 && !assumeEqual))
      return nullptr;
  }
  if (llvm::all_of(reps, [](int64_t rep) { return rep == 1; }))
    return value;
  return rewriter.make("tile", {{"x", value}, {"reps", rewriter.ints(reps)}});
}

Value *OperandMaker::regroup(Value *value, llvm::ArrayRef<int64_t> target) {
  if (!value || batchOf(value) == target)
    return value;
  Dims dims(target);
  llvm::append_range(dims, value->type().dims().take_back(2));
  if (!value->type().hasStaticShape() || llvm::any_of(dims, [](int64_t dim) { return dim < 0; }))
    return nullptr;
  return rewriter.make("reshape", {{"x", value}, {"shape", rewriter.ints(dims)}});
}

Value *OperandMaker::product(Value *value, double factor) {
  if (!value || !std::isfinite(factor))
    return nullptr;
  DType type = value->type().dtype();
  if (std::abs(factor - 1) <= (type == DType::Float16 ? 1e-3 : 1e-5))
    return value;
  return rewriter.make("mul", {{"x", value}, {"y", rewriter.number(type, factor)}});
}

// ---- Masks ------------------------------------------------------------------

/// What broadcasts to the scores in their layout, as what broadcasts to plain ones.
Value *OperandMaker::plainMask(Value *value, const Attention &found) {
  size_t rank = found.masked ? found.masked->size() : 0;
  if (!value || found.layout.isPlain() || value->type().rank() == 0)
    return value;
  if (!found.layout.fits(rank) || value->type().rank() > rank)
    return nullptr;
  size_t missing = rank - value->type().rank();
  Dims perm = found.layout.perm(rank);
  if (std::optional<Tensor> known = rewriter.tensor(value, maxMask)) {
    Dims dims(missing, 1);
    llvm::append_range(dims, known->dims());
    return rewriter.constant(permute(std::move(*known).withDims(dims), perm));
  }
  if (missing)
    value = rewriter.make("expand_dims", {{"x", value}, {"axes", rewriter.ints(llvm::to_vector(llvm::seq<int64_t>(0, int64_t(missing))))}});
  return transposed(value, perm);
}

/// Whether a condition leaves a score unmasked in every row; nullopt when that isn't known.
std::optional<bool> OperandMaker::everyRowAttends(const Attention::Choice &choice) {
  std::optional<Tensor> cond = rewriter.tensor(choice.cond, maxMask);
  if (!cond || cond->rank() == 0 || cond->dim(-1) == 0)
    return std::nullopt;
  for (int64_t i = 0, width = cond->dim(-1); i < cond->count(); i += width) {
    bool any = false;
    for (int64_t j = 0; j < width && !any; ++j)
      any = (cond->integer(i + j) != 0) == choice.keepsWhereTrue;
    if (!any)
      return false;
  }
  return true;
}

Value *OperandMaker::sumOf(const Attention &found) {
  Value *sum = nullptr;
  for (const Attention::Added &each : found.added) {
    Value *value = each.operand->value() ? each.operand->value() : rewriter.constant(each.operand->literal());
    value = isFloatTensor(value) ? product(plainMask(value, found), each.factor) : nullptr;
    if (!value)
      return nullptr;
    sum = sum ? rewriter.make("add", {{"x", value}, {"y", sum}}) : value;
  }
  return sum;
}

Value *OperandMaker::unfitted(const Attention &found, DType type) {
  Value *sum = nullptr;
  if (!found.added.empty() && !(sum = sumOf(found)))
    return nullptr;
  llvm::SmallVector<Attention::Choice, 2> choices = found.choices;
  for (Attention::Choice &choice : choices)
    if (!(choice.cond = plainMask(choice.cond, found)))
      return nullptr;
  // Bools if a row that attends to nothing is NaN already, or replaced, or doesn't exist.
  bool exact = llvm::all_of(choices, [](const auto &choice) { return std::isinf(choice.fill); });
  if (!sum && (exact || found.emptyWhereAllMasked || (choices.size() == 1 && everyRowAttends(choices.front()) == true)))
    return flagsOf(choices);
  // All scores of a row are one number then, and the same probability each: not what adding to them makes.
  if (llvm::any_of(choices, [&](const auto &choice) { return std::isfinite(choice.fill) && everyRowAttends(choice) == false; }))
    return nullptr;
  // Without a sum the first choice starts one: 0 · fill must not be NaN then.
  if (choices.size() == 2 && std::isinf(choices.front().fill))
    std::swap(choices.front(), choices.back());
  for (const Attention::Choice &choice : choices)
    if (!(sum = withFill(sum, choice, sum ? sum->type().dtype() : type)))
      return nullptr;
  return sum;
}

/// `sum`, with the fill where it was chosen. The fill gets the shape of the condition, as select requires.
Value *OperandMaker::withFill(Value *sum, const Attention::Choice &choice, DType type) {
  double fill = type == DType::Float16 && std::isfinite(choice.fill) ? std::max(choice.fill, -65504.0) : choice.fill;
  Value *masked = choice.keepsWhereTrue ? inverted(choice.cond) : choice.cond;
  Value *filled = rewriter.make("cast", {{"x", masked}, {"dtype", rewriter.string(name(type))}});
  filled = rewriter.make("mul", {{"x", filled}, {"y", rewriter.number(type, fill)}});
  return sum ? rewriter.make("select", {{"cond", masked}, {"a", filled}, {"b", sum}}) : filled;
}

Value *OperandMaker::inverted(Value *flags) {
  std::optional<Tensor> known = rewriter.tensor(flags, maxMask);
  return known ? rewriter.constant(map(*known, [](auto flag) { return decltype(flag)(flag == 0); }))
               : rewriter.make("logical_not", ArgumentSpec("x", flags));
}

/// True where to attend.
Value *OperandMaker::flagsOf(llvm::ArrayRef<Attention::Choice> choices) {
  Value *all = nullptr;
  for (const Attention::Choice &choice : choices) {
    Value *keeps = choice.keepsWhereTrue ? choice.cond : inverted(choice.cond);
    all = all ? rewriter.make("logical_and", {{"x", all}, {"y", keeps}}) : keeps;
  }
  return all;
}

Value *OperandMaker::mask(const Attention &found, DType type) {
  Value *mask = unfitted(found, type);
  llvm::ArrayRef<int64_t> dims = *found.masked;
  if (!mask || !mask->type().hasRank() || mask->type().rank() == 0 || mask->type().rank() > dims.size())
    return nullptr;
  // A shape that the operation takes.
  llvm::ArrayRef<int64_t> shape = mask->type().dims();
  for (size_t fromEnd = 1; fromEnd <= shape.size(); ++fromEnd)
    if (int64_t dim = shape[shape.size() - fromEnd]; dim != 1 && dim != dims[dims.size() - fromEnd])
      return nullptr;
  if (shape.back() == dims.back())
    return mask;
  llvm::SmallVector<int64_t, 6> reps(shape.size(), 1);
  reps.back() = dims.back();
  return dims.back() < 0 ? nullptr : rewriter.make("tile", {{"x", mask}, {"reps", rewriter.ints(reps)}});
}

Value *OperandMaker::guarded(Value *result, const Attention &found) {
  if (!result || !found.emptyRows)
    return result;
  bool emptyWhereTrue = found.emptyWhereTrue;
  Value *rows = found.emptyRows;
  if (found.emptyWhereAllMasked) {
    // Rows in which some score is kept.
    Attention::Choice choice = found.choices.front();
    if (!(choice.cond = plainMask(choice.cond, found)))
      return nullptr;
    if (everyRowAttends(choice) == true)
      return result;
    Value *kept = rewriter.make("cast", {{"x", flagsOf(choice)}, {"dtype", rewriter.string(name(result->type().dtype()))}});
    rows = rewriter.make("reduce_max", {{"x", kept}, {"axes", rewriter.ints({-1})}, {"keep_dims", rewriter.flag(true)}});
    rows = rewriter.make("cast", {{"x", rows}, {"dtype", rewriter.string("bool")}});
    emptyWhereTrue = false;
  } else if (!found.layout.isPlain()) {
    size_t missing = result->type().rank() - rows->type().rank();
    if (missing)
      rows = rewriter.make("expand_dims", {{"x", rows}, {"axes", rewriter.ints(llvm::to_vector(llvm::seq<int64_t>(0, int64_t(missing))))}});
    rows = plain(rows, found.layout);
  }
  ArgumentSpec kept(emptyWhereTrue ? "b" : "a", result), zero(emptyWhereTrue ? "a" : "b", rewriter.number(result->type().dtype(), 0));
  return rewriter.make("select", {{"cond", rows}, zero, kept});
}

} // namespace mil::attention
