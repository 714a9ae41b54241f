// fuse_scaled_dot_product_attention: attention that is written out becomes the operation of iOS18.
//
//   s = matmul(q, k, transpose_y = true);  t = mul(s, c);  u = add(t, m);  p = softmax(u, axis = -1);  y = matmul(p, v)
//     =>   y = scaled_dot_product_attention(query = q · c·√E, key = k, value = v, attn_mask = m)
//
// E is the last dimension of q. The product with c·√E goes where that is 1, to the precision of the element type. Each of these may be
// there:
//
//   c        before the product (on q, k or both, behind transposes, reshapes and casts, too), after it, as a division, or not at all
//   k        transposed already: matmul(q, k); a transpose goes, or one is made
//   m        on either side; several; select(cond, t, fill) and select(cond, fill, t) with a constant fill of -10000 or less, before or
//   after casts    between fp16 and fp32, before the scores, around the softmax batches  that broadcast (tile makes them equal); reshapes
//   of scores and probabilities that keep the last two dimensions guards   p = select(rows, 0, softmax(u)) of whole rows, which then
//   chooses among rows of y rank 2   with expand_dims and squeeze
//
// A select becomes a mask of bools when fill is -inf, or cond a constant that leaves something to attend to in every row; else fill is
// added, and a row that is masked wholly is then no longer uniform, but not NaN either.
//
// Not when scores or probabilities are read elsewhere, returned, or in another block; when E, or whether sizes agree, isn't known; when
// something else stands in between (a scale or soft cap after the mask, say); below iOS18, unless `target` allows to raise the opset and
// all functions are legal there.
//
// Reassociates: within a few roundings of the element type. Source: none; coremltools has no such pass.
#include "mil/Ops/Kernels.h"
#include "mil/Ops/Verify.h"
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <cmath>

using namespace mil;
using namespace mil::match;

namespace {
using Dims = Tensor::Dims;

/// At or below this a masked score has no weight beside one that isn't masked.
constexpr double lowestUseful = -1e4;
/// Operations between two products, or before them, that are looked through.
constexpr unsigned maxSteps = 12;

llvm::ArrayRef<int64_t> batchOf(const Value *value) { return value->type().dims().drop_back(2); }

bool flagOf(const Operation &op, llvm::StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal && literal->asBool() == true;
}

bool isFloatTensor(const Value *value) {
  DType type = value ? value->type().dtype() : DType::Invalid;
  return (type == DType::Float16 || type == DType::Float32) && value->type().hasRank();
}

bool isFloatCast(const Operation &op) { return op.is("cast") && isFloatTensor(op.input("x")) && isFloatTensor(op.result()); }

/// A product with, or quotient by, a constant of one element that keeps the shape: the value multiplied, and the factor.
Value *scaledValue(const Operation &op, double &factor) {
  bool divides = op.is("real_div");
  if (!divides && !op.is("mul"))
    return nullptr;
  for (auto [x, y] : {std::pair("x", "y"), std::pair("y", "x")}) {
    const Literal *literal = op.constant(y);
    std::optional<double> number = literal ? literal->asDouble() : std::nullopt;
    Value *value = op.input(x);
    if (number && value && !constantOf(value) && value->type() == op.result()->type()) {
      factor = divides ? 1 / *number : *number;
      return std::isfinite(factor) && factor != 0 ? value : nullptr;
    }
    if (divides)
      break;
  }
  return nullptr;
}

/// What is between two products, as it was found from the last one upwards.
struct Attention {
  struct Choice {
    Value *cond;
    bool keepsWhereTrue;
    double fill;
  };
  explicit Attention(Block *block) : block(block) {}
  Block *block;
  Operation *product = nullptr, *softmax = nullptr;
  double scale = 1;
  llvm::SmallVector<const Operand *, 2> added;
  llvm::SmallVector<Choice, 2> choices;
  std::optional<Dims> masked; ///< the shape of the scores where a mask meets them
  bool reshaped = false;
  Value *emptyRows = nullptr; ///< a condition on the rows of the result
  bool emptyWhereTrue = false;

  bool isStep(Value *value) const { return value && usedOnce(value) && value->definingOp() && value->definingOp()->block() == block; }

  /// A reshape that only groups the batches anew.
  bool isRegrouping(const Operation &op) const {
    Value *x = op.input("x");
    return op.is("reshape") && x && x->type().hasStaticShape() && op.result()->type().hasStaticShape() && x->type().rank() >= 2 &&
           op.result()->type().rank() >= 2 && x->type().dims().take_back(2) == op.result()->type().dims().take_back(2);
  }

  bool findSoftmax(Value *value) {
    for (unsigned step = 0; step < maxSteps && isStep(value); ++step) {
      Operation *op = value->definingOp();
      if (op->is("softmax")) {
        const Literal *axis = op->constant("axis");
        std::optional<int64_t> number = axis ? axis->asInt() : std::nullopt;
        int64_t rank = value->type().hasRank() ? int64_t(value->type().rank()) : 0;
        softmax = op;
        return rank >= 2 && (number == -1 || number == rank - 1) && findProduct(op->input("x"), 0);
      }
      if (op->is("select") && !emptyRows && !reshaped) {
        value = guardedRows(*op);
      } else if (isRegrouping(*op)) {
        reshaped = true;
        value = op->input("x");
      } else if (isFloatCast(*op)) {
        value = op->input("x");
      } else {
        return false;
      }
    }
    return false;
  }

  /// The probabilities of a select that gives 0 for some rows.
  Value *guardedRows(Operation &op) {
    Value *cond = op.input("cond");
    emptyWhereTrue = matches(op, "a", m_exactly(0));
    Value *kept = op.input(emptyWhereTrue ? "b" : "a");
    if (!cond || !kept || (!emptyWhereTrue && !matches(op, "b", m_exactly(0))) || !cond->type().hasRank() || cond->type().rank() == 0 ||
        cond->type().dim(-1) != 1 || kept->type() != op.result()->type())
      return nullptr;
    emptyRows = cond;
    return kept;
  }

  bool findProduct(Value *value, unsigned step) {
    if (step == maxSteps || !isStep(value) || !value->type().hasRank() || value->type().rank() < 2)
      return false;
    Operation *op = value->definingOp();
    if (op->is("matmul")) {
      product = op;
      return true;
    }
    double factor;
    if (Value *scaled = scaledValue(*op, factor)) {
      scale *= factor;
      return findProduct(scaled, step + 1);
    }
    if (isRegrouping(*op)) {
      reshaped = true;
      return findProduct(op->input("x"), step + 1);
    }
    if (isFloatCast(*op))
      return findProduct(op->input("x"), step + 1);
    // A factor that was met applies to the mask, too.
    return scale == 1 && noteMaskedShape(value->type()) && (findBeforeAdd(*op, step) || findBeforeSelect(*op, step));
  }

  bool noteMaskedShape(Type type) {
    if (masked && llvm::ArrayRef(*masked) != type.dims())
      return false;
    masked = Dims(type.dims());
    return true;
  }

  bool findBeforeAdd(Operation &op, unsigned step) {
    if (!op.is("add"))
      return false;
    for (auto [scores, mask] : {std::pair("x", "y"), std::pair("y", "x")}) {
      Attention attempt = *this;
      const Operand *operand = op.operand(mask);
      Value *value = op.input(scores);
      if (!operand || !value || value->type() != op.result()->type())
        continue;
      attempt.added.push_back(operand);
      if (attempt.added.size() <= 2 && attempt.findProduct(value, step + 1)) {
        *this = attempt;
        return true;
      }
    }
    return false;
  }

  bool findBeforeSelect(Operation &op, unsigned step) {
    if (!op.is("select") || !op.input("cond") || choices.size() == 2)
      return false;
    for (auto [scores, fill] : {std::pair("a", "b"), std::pair("b", "a")}) {
      const Operand *operand = op.operand(fill);
      Value *value = op.input(scores);
      const Literal *literal = operand ? constantOf(*operand) : nullptr;
      std::optional<double> number = literal ? literal->asDouble() : std::nullopt;
      if (!number || *number > lowestUseful || !value || value->type() != op.result()->type())
        continue;
      choices.push_back({op.input("cond"), fill[0] == 'b', *number});
      return findProduct(value, step + 1);
    }
    return false;
  }
};

/// Makes what a fused attention reads. A null value means that it can't.
struct Maker {
  Rewriter &rewriter;
  bool assumeEqual;

  /// A value with its last two dimensions swapped.
  Value *swapped(Value *value) {
    int64_t rank = value ? int64_t(value->type().rank()) : 0;
    if (rank < 2)
      return nullptr;
    llvm::SmallVector<int64_t, 8> perm = llvm::to_vector<8>(llvm::seq<int64_t>(0, rank));
    Operation *before = value->definingOp();
    const Literal *literal = before && before->is("transpose") ? before->constant("perm") : nullptr;
    if (auto known = literal ? literal->asInts() : std::nullopt; known && int64_t(known->size()) == rank && before->input("x")) {
      for (int64_t i = 0; i < rank; ++i)
        perm[i] = (*known)[i] < 0 ? (*known)[i] + rank : (*known)[i];
      value = before->input("x");
    }
    std::swap(perm.end()[-1], perm.end()[-2]);
    if (llvm::equal(perm, llvm::seq<int64_t>(0, rank)))
      return value;
    return rewriter.make("transpose", {{"x", value}, {"perm", rewriter.ints(perm)}});
  }

  /// Takes constant factors off a value, also from behind operations that only move or round elements and serve nothing else.
  Value *withoutScale(Value *value, double &scale) {
    llvm::SmallVector<Operation *, 4> moves;
    Value *at = value, *bare = value;
    size_t movesToBare = 0;
    double factor;
    for (unsigned step = 0; step < maxSteps && at->definingOp(); ++step) {
      Operation *op = at->definingOp();
      if (Value *scaled = scaledValue(*op, factor)) {
        scale *= factor;
        at = bare = scaled;
        movesToBare = moves.size();
      } else if (usedOnce(at) && op->input("x") && (op->is("transpose") || op->is("reshape") || isFloatCast(*op))) {
        moves.push_back(op);
        at = op->input("x");
      } else {
        break;
      }
    }
    for (Operation *op : llvm::reverse(llvm::ArrayRef(moves).take_front(movesToBare)))
      bare = rewriter.makeLike(*op, In("x", bare));
    return bare;
  }

  /// Of an element type, without rounding.
  Value *ofType(Value *value, DType type) {
    if (!isFloatTensor(value) || value->type().dtype() == type)
      return isFloatTensor(value) ? value : nullptr;
    Operation *op = value->definingOp();
    if (op && isFloatCast(*op) && op->input("x")->type().dtype() == type && type == DType::Float16)
      return op->input("x");
    return type == DType::Float32 ? rewriter.make("cast", {{"x", value}, {"dtype", rewriter.string("fp32")}}) : nullptr;
  }

  /// With batch dimensions that a product would broadcast to `target` made so.
  Value *broadcast(Value *value, llvm::ArrayRef<int64_t> target) {
    if (!value || value->type().rank() < 2 || value->type().rank() > target.size() + 2)
      return nullptr;
    if (size_t missing = target.size() + 2 - value->type().rank())
      value =
          rewriter.make("expand_dims", {{"x", value}, {"axes", rewriter.ints(llvm::to_vector(llvm::seq<int64_t>(0, int64_t(missing))))}});
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

  /// With batch dimensions grouped as in `target`.
  Value *regroup(Value *value, llvm::ArrayRef<int64_t> target) {
    if (!value || batchOf(value) == target)
      return value;
    Dims dims(target);
    llvm::append_range(dims, value->type().dims().take_back(2));
    if (!value->type().hasStaticShape() || llvm::any_of(dims, [](int64_t dim) { return dim < 0; }))
      return nullptr;
    return rewriter.make("reshape", {{"x", value}, {"shape", rewriter.ints(dims)}});
  }

  Value *product(Value *value, double factor) {
    if (!value || !std::isfinite(factor))
      return nullptr;
    DType type = value->type().dtype();
    if (std::abs(factor - 1) <= (type == DType::Float16 ? 1e-3 : 1e-5))
      return value;
    return rewriter.make("mul", {{"x", value}, {"y", rewriter.number(type, factor)}});
  }

  /// Whether a constant condition leaves a score unmasked in every row.
  bool everyRowAttends(const Attention::Choice &choice) {
    std::optional<Tensor> cond = rewriter.tensor(choice.cond, 1 << 26);
    if (!cond || cond->rank() == 0 || cond->dim(-1) == 0)
      return false;
    for (int64_t i = 0, width = cond->dim(-1); i < cond->count(); i += width) {
      bool any = false;
      for (int64_t j = 0; j < width && !any; ++j)
        any = (cond->integer(i + j) != 0) == choice.keepsWhereTrue;
      if (!any)
        return false;
    }
    return true;
  }

  Value *valueOf(const Operand &operand) { return operand.value() ? operand.value() : rewriter.constant(operand.literal()); }

  Value *maskOf(const Attention &found, DType type) {
    Value *sum = nullptr;
    for (const Operand *operand : found.added)
      sum = sum ? rewriter.make("add", {{"x", valueOf(*operand)}, {"y", sum}}) : valueOf(*operand);
    if (!found.added.empty() && !isFloatTensor(sum))
      return nullptr;
    bool exact = llvm::all_of(found.choices, [](const auto &choice) { return std::isinf(choice.fill); });
    if (!sum && (exact || (found.choices.size() == 1 && everyRowAttends(found.choices.front()))))
      return flagsOf(found);
    // Without a sum the first choice starts one: 0 · fill must not be NaN then.
    llvm::SmallVector<Attention::Choice, 2> choices = found.choices;
    if (choices.size() == 2 && std::isinf(choices.front().fill))
      std::swap(choices.front(), choices.back());
    for (const Attention::Choice &choice : choices)
      if (!(sum = withFill(sum, choice, sum ? sum->type().dtype() : type)))
        return nullptr;
    return sum;
  }

  /// `sum`, with the fill where it was chosen. The fill gets the shape of the condition, which select wants from its values.
  Value *withFill(Value *sum, const Attention::Choice &choice, DType type) {
    double fill = type == DType::Float16 && std::isfinite(choice.fill) ? std::max(choice.fill, -65504.0) : choice.fill;
    Value *masked = choice.keepsWhereTrue ? inverted(choice.cond) : choice.cond;
    Value *filled = rewriter.make("cast", {{"x", masked}, {"dtype", rewriter.string(name(type))}});
    filled = rewriter.make("mul", {{"x", filled}, {"y", rewriter.number(type, fill)}});
    return sum ? rewriter.make("select", {{"cond", masked}, {"a", filled}, {"b", sum}}) : filled;
  }

  Value *inverted(Value *flags) {
    std::optional<Tensor> known = rewriter.tensor(flags, 1 << 26);
    return known ? rewriter.constant(map(*known, [](auto flag) { return decltype(flag)(flag == 0); }))
                 : rewriter.make("logical_not", In("x", flags));
  }

  /// True where to attend.
  Value *flagsOf(const Attention &found) {
    Value *all = nullptr;
    for (const Attention::Choice &choice : found.choices) {
      Value *keeps = choice.keepsWhereTrue ? choice.cond : inverted(choice.cond);
      all = all ? rewriter.make("logical_and", {{"x", all}, {"y", keeps}}) : keeps;
    }
    return all;
  }

  /// A mask whose shape the operation takes for scores of `dims`.
  Value *fitted(Value *mask, llvm::ArrayRef<int64_t> dims) {
    if (!mask || !mask->type().hasRank() || mask->type().rank() == 0 || mask->type().rank() > dims.size())
      return nullptr;
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
};

/// An opset that has the operation.
struct TargetOption : Option<std::string> {
  using Option::Option;
  bool parse(llvm::StringRef text) override { return opsetFromName(text) >= Opset::IOS18 && Option::parse(text); }
  llvm::StringRef kind() const override { return "an opset from ios18 on"; }
};

/// Raises all functions of a program, which the reference wants to be of one opset.
class OpsetRaise {
public:
  OpsetRaise(Program &program, Opset opset) : program(program) {
    for (Function *function : program.functions())
      if (function->opset() < opset) {
        before.emplace_back(function, function->opsetName());
        function->setOpsetName(program.context().intern(protoName(opset)));
      }
  }
  /// Whether all that the functions hold is legal, and of the same types, there.
  bool isLegal() const {
    DiagnosticEngine silent;
    return bool(verifyOperations(program, silent));
  }
  void undo() {
    for (auto [function, name] : before)
      function->setOpsetName(name);
  }

private:
  Program &program;
  llvm::SmallVector<std::pair<Function *, Name>, 2> before;
};

struct FuseScaledDotProductAttention : PatternPass {
  FuseScaledDotProductAttention() : PatternPass({"matmul"}) {}
  TargetOption target{*this, "target", "Raise the opset of all functions to this one where a fusion needs it"};
  Option<std::vector<std::string>> functions{*this, "functions", "Only in the functions of these names"};
  Option<std::vector<std::string>> only{*this, "ops", "Only where the softmax or the last product has one of these names"};
  Option<std::vector<std::string>> skip{*this, "skip_ops", "Not where the softmax or the last product has one of these names"};
  Option<bool> equalBatches{*this, "equal_unknown_batches", "Take batch dimensions of unknown size for equal", false};
  std::optional<bool> canRaise; ///< whether the program is legal at `target`, once tried in this function

  bool wants(Function &function) override {
    canRaise.reset();
    return (function.opset() >= Opset::IOS18 || !target->empty()) &&
           (functions->empty() || llvm::is_contained(*functions, function.name().str()));
  }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *value = op.input("y");
    if (!isFloatTensor(op.result()) || !isFloatTensor(value) || flagOf(op, "transpose_x") || value->type().rank() < 2)
      return false;
    Attention found(op.block());
    if (!findAttention(op, found) || !isChosen(op, found))
      return false;
    if (rewriter.opset() >= Opset::IOS18)
      return rewriter.replace(op, fuse(op, found, rewriter));
    OpsetRaise raise(rewriter.program(), opsetFromName(*target));
    if (!canRaise)
      canRaise = raise.isLegal();
    if (!*canRaise || !rewriter.replace(op, fuse(op, found, rewriter)))
      return raise.undo(), false;
    if (Model *model = rewriter.run().model)
      model->specificationVersion = std::max(model->specificationVersion, specificationVersion(opsetFromName(*target)));
    return true;
  }

  static bool findAttention(Operation &op, Attention &found) {
    Value *probabilities = op.input("x");
    if (!probabilities || !probabilities->type().hasRank() || probabilities->type().rank() < 2 ||
        batchOf(probabilities) != batchOf(op.result()) || !found.findSoftmax(probabilities))
      return false;
    Value *query = found.product->input("x"), *key = found.product->input("y");
    return isFloatTensor(query) && isFloatTensor(key) && query->type().rank() >= 2 && key->type().rank() >= 2;
  }

  bool isChosen(Operation &op, const Attention &found) const {
    auto isNamed = [&](const std::vector<std::string> &names) {
      return llvm::any_of(names, [&](llvm::StringRef name) {
        return llvm::any_of(llvm::ArrayRef<Operation *>{&op, found.softmax},
                            [&](Operation *each) { return name == each->opName() || name == each->result()->name().str(); });
      });
    };
    return (only->empty() || isNamed(*only)) && !isNamed(*skip);
  }

  Value *fuse(Operation &op, const Attention &found, Rewriter &rewriter) const {
    Maker make{rewriter, *equalBatches};
    DType type = op.result()->type().dtype();
    Operation &product = *found.product;
    double scale = found.scale;
    Value *query = make.withoutScale(product.input("x"), scale), *key = make.withoutScale(product.input("y"), scale),
          *value = op.input("y");
    if (query && flagOf(product, "transpose_x"))
      query = make.swapped(query);
    if (key && !flagOf(product, "transpose_y"))
      key = make.swapped(key);
    if (flagOf(op, "transpose_y"))
      value = make.swapped(value);
    query = make.ofType(query, type), key = make.ofType(key, type), value = make.ofType(value, type);
    if (!query || !key || !value)
      return nullptr;

    // The operation runs on batches grouped as where the mask is added.
    Type scores = product.result()->type();
    Dims batch(found.masked ? llvm::ArrayRef(*found.masked).drop_back(2) : scores.dims().drop_back(2));
    bool isMatrix = batch.empty();
    if (isMatrix)
      batch.push_back(1);
    auto batched = [&](Value *each, const Value *like) {
      each = make.broadcast(each, batchOf(like));
      if (!isMatrix)
        return make.regroup(each, batch);
      return batchOf(like).empty() && each ? rewriter.make("expand_dims", {{"x", each}, {"axes", rewriter.ints({0})}})
                                           : make.regroup(each, batch);
    };
    query = batched(query, product.result()), key = batched(key, product.result()), value = batched(value, op.result());
    int64_t width = query ? std::max(query->type().dim(-1), key ? key->type().dim(-1) : -1) : -1;
    if (width <= 0 || !key || !value)
      return nullptr;
    query = make.product(query, scale * std::sqrt(double(width)));

    In mask = In::none("attn_mask");
    if (!found.added.empty() || !found.choices.empty()) {
      Value *made = make.fitted(make.maskOf(found, type), *found.masked);
      if (!made)
        return nullptr;
      mask = In("attn_mask", made);
    }
    Value *result = rewriter.make("scaled_dot_product_attention", {{"query", query}, {"key", key}, {"value", value}, mask});
    return result ? finished(result, op, found, isMatrix, make) : nullptr;
  }

  /// In the shape of the old result, with the rows of 0 that it had.
  static Value *finished(Value *result, Operation &op, const Attention &found, bool isMatrix, Maker &make) {
    Rewriter &rewriter = make.rewriter;
    if (isMatrix && batchOf(op.result()).empty())
      result = rewriter.make("squeeze", {{"x", result}, {"axes", rewriter.ints({0})}});
    else
      result = make.regroup(result, batchOf(op.result()));
    if (result && found.emptyRows) {
      In kept(found.emptyWhereTrue ? "b" : "a", result);
      In zero(found.emptyWhereTrue ? "a" : "b", rewriter.number(result->type().dtype(), 0));
      result = rewriter.make("select", {{"cond", found.emptyRows}, zero, kept});
    }
    return result && result->type() == op.result()->type() ? result : nullptr;
  }
};
} // namespace

MIL_PASS(fuse_scaled_dot_product_attention, FuseScaledDotProductAttention)
