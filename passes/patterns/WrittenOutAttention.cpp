#include "patterns/WrittenOutAttention.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/Pass/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <cmath>

namespace mil::attention {

using namespace match;

/// At or below this a masked score has no weight beside one that isn't masked.
static constexpr double lowestUseful = -1e4;

// ---- Layouts and products ---------------------------------------------------

Dims Layout::perm(size_t rank) const {
  assert(fits(rank));
  Dims perm = llvm::to_vector<6>(llvm::seq<int64_t>(0, int64_t(rank)));
  if (batchBetween)
    std::swap(perm[rank - 3], perm[rank - 2]);
  if (flipped)
    std::swap(perm[rank - 2], perm[rank - 1]);
  return perm;
}

Dims Layout::plain(llvm::ArrayRef<int64_t> dims) const {
  Dims result;
  for (int64_t axis : perm(dims.size()))
    result.push_back(dims[size_t(axis)]);
  return result;
}

bool isFloatTensor(const Value *value) {
  DType type = value ? value->type().dtype() : DType::Invalid;
  return (type == DType::Float16 || type == DType::Float32) && value->type().hasRank();
}

bool isFloatCast(const Operation &op) { return op.is("cast") && isFloatTensor(op.input("x")) && isFloatTensor(op.result()); }

std::optional<Product> Product::of(Operation &op) {
  Product product;
  product.op = &op;
  if (op.is("matmul")) {
    product.a = op.input("x"), product.b = op.input("y");
    product.layoutOfA.flipped = isTrue(op, "transpose_x");
    product.layoutOfB.flipped = isTrue(op, "transpose_y");
  } else if (const Argument *values = op.argument("values"); op.is("einsum") && values && values->count == 2) {
    // The only two equations: nchw,nwhr->nchr and chw,whr->chr.
    product.a = values->operands[0].value(), product.b = values->operands[1].value();
    product.layout.batchBetween = product.layoutOfA.batchBetween = product.layoutOfB.batchBetween = true;
  }
  auto fits = [](Value *value, Layout layout) { return isFloatTensor(value) && layout.fits(value->type().rank()); };
  if (!fits(product.a, product.layoutOfA) || !fits(product.b, product.layoutOfB) || !fits(op.result(), product.layout))
    return std::nullopt;
  return product;
}

Value *scaledValue(const Operation &op, double &factor) {
  bool divides = op.is("real_div");
  if (!divides && !op.is("mul"))
    return nullptr;
  for (auto [x, y] : {std::pair("x", "y"), std::pair("y", "x")}) {
    const Literal *literal = op.constant(y);
    Value *value = op.input(x);
    if (literal && value && !constantOf(value) && value->type() == op.result()->type())
      if (std::optional<double> number = literal->asDouble()) {
        factor = divides ? 1 / *number : *number;
        return std::isfinite(factor) && factor != 0 ? value : nullptr;
      }
    if (divides)
      break;
  }
  return nullptr;
}

// ---- Finding, upwards -------------------------------------------------------

static Layout flip(Layout layout) { return {!layout.flipped, layout.batchBetween}; }

std::optional<Attention> Attention::find(Operation &op, Rewriter &rewriter) {
  std::optional<Product> product = Product::of(op);
  if (!product)
    return std::nullopt;
  // P · V, or its transpose Vᵀ · Pᵀ.
  Attention straight(op, rewriter), transposed(op, rewriter);
  straight.resultLayout = product->layout;
  if (straight.find(product->a, product->layoutOfA, {product->b, product->layoutOfB}))
    return straight;
  transposed.resultLayout = flip(product->layout);
  if (transposed.find(product->b, flip(product->layoutOfB), {product->a, flip(product->layoutOfA)}))
    return transposed;
  return std::nullopt;
}

bool Attention::find(Value *probabilities, Layout itsLayout, Matrix itsValue) {
  layout = itsLayout, value = itsValue;
  auto batchOf = [](const Value *each, Layout layout) { return Dims(llvm::ArrayRef(layout.plain(each->type().dims())).drop_back(2)); };
  return batchOf(probabilities, layout) == batchOf(last->result(), resultLayout) && findSoftmax(probabilities) && guardFits();
}

bool Attention::isStep(Value *value) const {
  return value && usedOnce(value) && value->definingOp() && value->definingOp()->block() == last->block();
}

/// A reshape that only changes how batches are grouped.
bool Attention::isRegrouping(const Operation &op) const {
  Value *x = op.input("x");
  return !layout.batchBetween && op.is("reshape") && x && x->type().hasStaticShape() && op.result()->type().hasStaticShape() &&
         x->type().rank() >= 2 && op.result()->type().rank() >= 2 &&
         x->type().dims().take_back(2) == op.result()->type().dims().take_back(2);
}

bool Attention::findSoftmax(Value *at) {
  for (unsigned step = 0; step < maxSteps && isStep(at); ++step) {
    Operation *op = at->definingOp();
    if (op->is("softmax")) {
      const Literal *literal = op->constant("axis");
      std::optional<int64_t> axis = literal ? literal->asInt() : std::nullopt;
      int64_t rank = at->type().hasRank() ? int64_t(at->type().rank()) : 0;
      softmax = op;
      return axis && layout.fits(size_t(rank)) && *axis + (*axis < 0 ? rank : 0) == layout.perm(size_t(rank)).back() &&
             findScores(op->input("x"), 0);
    }
    if (op->is("select") && !emptyRows && !reshaped) {
      at = guarded(*op);
    } else if (isRegrouping(*op)) {
      reshaped = true;
      at = op->input("x");
    } else if (isFloatCast(*op)) {
      at = op->input("x");
    } else {
      return false;
    }
  }
  return false;
}

/// The probabilities of a select that gives 0 for some of them.
Value *Attention::guarded(Operation &op) {
  Value *cond = op.input("cond");
  emptyWhereTrue = matches(op, "a", m_exactly(0));
  Value *kept = op.input(emptyWhereTrue ? "b" : "a");
  if (!cond || !kept || (!emptyWhereTrue && !matches(op, "b", m_exactly(0))) || !cond->type().hasRank() || cond->type().rank() == 0 ||
      kept->type() != op.result()->type() || cond->type().rank() > kept->type().rank())
    return nullptr;
  emptyRows = cond;
  // One column for all keys: rows. Else they have to be what a choice has masked, see guardFits.
  size_t rank = kept->type().rank(), fromEnd = rank - size_t(layout.perm(rank).back());
  emptyWhereAllMasked = cond->type().rank() >= fromEnd && cond->type().dim(-int(fromEnd)) != 1;
  return kept;
}

/// Masked probabilities are 0 anyway but where the row has no others.
bool Attention::guardFits() const {
  return !emptyWhereAllMasked ||
         (choices.size() == 1 && choices.front().cond == emptyRows && choices.front().keepsWhereTrue != emptyWhereTrue && !reshaped);
}

bool Attention::findScores(Value *at, unsigned step) {
  if (step == maxSteps || !isStep(at) || !at->type().hasRank() || !layout.fits(at->type().rank()))
    return false;
  Operation *op = at->definingOp();
  if (op->is("matmul") || op->is("einsum"))
    return takeScores(*op);
  double factor;
  if (Value *scaled = scaledValue(*op, factor)) {
    scale *= factor;
    return findScores(scaled, step + 1);
  }
  if (isRegrouping(*op)) {
    reshaped = true;
    return findScores(op->input("x"), step + 1);
  }
  if (isFloatCast(*op))
    return findScores(op->input("x"), step + 1);
  return (op->is("add") || op->is("select")) && noteMaskedShape(at->type()) && (findBeforeAdd(*op, step) || findBeforeSelect(*op, step));
}

/// Q · Kᵀ, or K · Qᵀ where the scores are flipped.
bool Attention::takeScores(Operation &op) {
  std::optional<Product> product = Product::of(op);
  if (!product || product->layout.batchBetween != layout.batchBetween)
    return false;
  scores = op.result()->type();
  if (layout.flipped) {
    key = {product->a, product->layoutOfA};
    query = {product->b, flip(product->layoutOfB)};
  } else {
    query = {product->a, product->layoutOfA};
    key = {product->b, flip(product->layoutOfB)};
  }
  return true;
}

bool Attention::noteMaskedShape(Type type) {
  Dims dims = layout.plain(type.dims());
  if (masked && *masked != dims)
    return false;
  masked = dims;
  return true;
}

bool Attention::findBeforeAdd(Operation &op, unsigned step) {
  if (!op.is("add"))
    return false;
  for (auto [x, mask] : {std::pair("x", "y"), std::pair("y", "x")}) {
    Attention attempt = *this;
    const Operand *operand = op.operand(mask);
    Value *summed = op.input(x);
    if (!operand || !summed || summed->type() != op.result()->type())
      continue;
    // A factor that was met applies to the mask, too.
    attempt.added.push_back({operand, scale});
    if (attempt.added.size() <= 2 && attempt.findScores(summed, step + 1)) {
      *this = attempt;
      return true;
    }
  }
  return false;
}

bool Attention::findBeforeSelect(Operation &op, unsigned step) {
  if (!op.is("select") || !op.input("cond") || choices.size() == 2)
    return false;
  for (auto [kept, fill] : {std::pair("a", "b"), std::pair("b", "a")}) {
    const Operand *operand = op.operand(fill);
    Value *from = op.input(kept);
    std::optional<double> number = operand ? fillOf(*operand) : std::nullopt;
    if (!number || *number * scale > lowestUseful || !from || from->type() != op.result()->type())
      continue;
    choices.push_back({op.input("cond"), fill[0] == 'b', *number * scale});
    return findScores(from, step + 1);
  }
  return false;
}

/// The one value that a constant is filled with; also one that was quantized with the weights.
std::optional<double> Attention::fillOf(const Operand &operand) {
  if (const Literal *literal = constantOf(operand))
    return splat(*literal, rewriter->diags());
  Operation *op = operand.value()->definingOp();
  if (!op || !op->is("constexpr_affine_dequantize"))
    return std::nullopt;
  auto part = [&](llvm::StringRef argument) {
    const Literal *literal = op->attribute(argument) ? op->attribute(argument) : op->constant(argument);
    return literal ? splat(*literal, rewriter->diags()) : std::nullopt;
  };
  std::optional<double> data = part("quantized_data"), factor = part("scale"), zero = part("zero_point");
  if (!data || !factor || !zero)
    return std::nullopt;
  losesCompressed = true;
  return (*data - *zero) * *factor;
}

} // namespace mil::attention
