#include "ConstantForms.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Ops/Elements.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Tensor/Tensor.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

namespace {

constexpr llvm::StringLiteral unbiased = "_unbiased", unscaled = "_unscaled", product = "_product", column = "_column",
                              byScale = "_by_scale";

void nameOperation(Operation &op, const std::string &name) {
  Context &context = op.program().context();
  op.setAttribute(context.intern("name"), Literal::string(context, name));
}

/// Gives an operation a name that marks it for the way back, and the same to its result unless that replaces the original result.
void mark(Operation &op, const std::string &name, bool isWhole, Rewriter &rewriter) {
  nameOperation(op, name);
  if (!isWhole)
    op.result()->setName(rewriter.fresh(name));
}

bool isFixed(const Operand *operand) {
  const Operation *op = operand && operand->value() ? operand->value()->definingOp() : nullptr;
  return operand && (constantOf(*operand) || (op && op->isConstexpr()));
}

// ---- Apart

bool writeLinear(Operation &op, Rewriter &rewriter) {
  const Operand *bias = op.operand("bias");
  bool isWeightFixed = isFixed(op.operand("weight"));
  std::string name = op.opName().str();
  auto flag = [&](bool value, llvm::StringRef argument) {
    return isWeightFixed ? nullptr : rewriter.constant(rewriter.flag(value), name + argument.str());
  };
  Operation *first = isWeightFixed ? rewriter.createLike(op, ArgumentSpec::none("bias"))
                                   : rewriter.create("matmul", {{"x", op.operand("x")},
                                                                {"y", op.operand("weight")},
                                                                {"transpose_x", flag(false, "_transpose_x")},
                                                                {"transpose_y", flag(true, "_transpose_y")}});
  if (!first || first->result()->type() != op.result()->type())
    return false;
  Value *last = bias ? rewriter.make("add", {{"x", first->result()}, {"y", bias}}) : first->result();
  if (!rewriter.replace(op, last, Rewriter::Compressed::Move))
    return false;
  mark(*first, name + (bias ? unbiased : product).str(), !bias, rewriter);
  return true;
}

/// Whether axes are the last dimensions, so that gamma and beta broadcast as they are.
bool normalizesLast(const Operation &op) {
  const Literal *axes = op.constant("axes");
  auto values = axes ? axes->asInts() : std::nullopt;
  const Value *x = op.input("x");
  if (!values || !x || !x->type().hasRank())
    return false;
  int64_t rank = int64_t(x->type().rank()), first = rank - int64_t(values->size());
  for (auto [i, axis] : llvm::enumerate(*values))
    if ((axis < 0 ? axis + rank : axis) != first + int64_t(i))
      return false;
  return true;
}

bool writeLayerNorm(Operation &op, Rewriter &rewriter) {
  if (!normalizesLast(op))
    return false;
  const Operand *gamma = op.operand("gamma"), *beta = op.operand("beta");
  bool scalesApart = gamma && !isFixed(gamma);
  std::string name = op.opName().str();
  Operation *first = scalesApart ? rewriter.createLike(op, {ArgumentSpec::none("gamma"), ArgumentSpec::none("beta")})
                                 : rewriter.createLike(op, ArgumentSpec::none("beta"));
  Operation *scaled = first;
  if (first && scalesApart)
    scaled = rewriter.create("mul", {{"x", first->result()}, {"y", gamma}});
  if (!scaled)
    return false;
  Value *last = beta ? rewriter.make("add", {{"x", scaled->result()}, {"y", beta}}) : scaled->result();
  if (!last || last->type() != op.result()->type() || !rewriter.replace(op, last, Rewriter::Compressed::Move))
    return false;
  if (scalesApart)
    mark(*first, name + unscaled.str(), false, rewriter);
  if (beta)
    mark(*scaled, name + unbiased.str(), false, rewriter);
  return true;
}

/// A bias that has to be constant, as in the opsets before iOS17; [C] becomes [C, 1, …] for the sum.
bool writeConv(Operation &op, Rewriter &rewriter) {
  const Operand *bias = op.operand("bias");
  const OpVersion *version = versionOf(op);
  auto isWrong = [&](const Argument &argument) {
    const Parameter *parameter = argument.name == "bias" ? nullptr : version->parameter(argument.name);
    return parameter && parameter->constant && !isFixed(&argument.operands[0]);
  };
  if (!bias || !version || llvm::any_of(op.arguments(), isWrong) || !op.result()->type().hasRank())
    return false;
  std::string name = op.opName().str();
  llvm::SmallVector<int64_t, 3> axes;
  for (int64_t axis = 1; axis + 1 < int64_t(op.result()->type().rank()); ++axis)
    axes.push_back(axis);
  Operation *first = rewriter.createLike(op, ArgumentSpec::none("bias"));
  Operation *expanded = first ? rewriter.create("expand_dims", {{"x", bias}, {"axes", rewriter.ints(axes)}}) : nullptr;
  Value *last = expanded ? rewriter.make("add", {{"x", first->result()}, {"y", expanded->result()}}) : nullptr;
  if (!last || last->type() != op.result()->type() || !rewriter.replace(op, last, Rewriter::Compressed::Move))
    return false;
  mark(*first, name + unbiased.str(), false, rewriter);
  mark(*expanded, name + column.str(), false, rewriter);
  return true;
}

// ---- Back

/// The only reader of a value, of a type; the other one of its x and y, which has to be constant, in `other`.
Operation *constantReader(const Value &value, llvm::StringRef type, const Operand *&other) {
  Operation *reader = value.hasOneUse() ? value.firstUse()->user() : nullptr;
  if (!reader || !reader->is(type))
    return nullptr;
  const Operand *x = reader->operand("x"), *y = reader->operand("y");
  other = x && x->value() == &value ? y : x;
  return isFixed(other) ? reader : nullptr;
}

bool joinLinear(Operation &op, Rewriter &rewriter) {
  llvm::StringRef name = op.opName();
  bool hasBias = name.ends_with(unbiased);
  if (!hasBias && !name.ends_with(product))
    return false;
  const Operand *weight = op.operand(op.is("linear") ? "weight" : "y"), *bias = nullptr;
  Operation *last = hasBias ? constantReader(*op.result(), "add", bias) : &op;
  if (!last || !isFixed(weight))
    return false;
  std::string original = name.drop_back(hasBias ? unbiased.size() : product.size()).str();
  rewriter.setInsertionPoint(last);
  Value *linear = rewriter.make(
      "linear",
      {{"x", op.operand("x")}, {"weight", weight}, {"bias", bias ? last->argument(bias == last->operand("x") ? "x" : "y") : nullptr}});
  if (!linear || !rewriter.replace(*last, linear, Rewriter::Compressed::Move))
    return false;
  nameOperation(*linear->definingOp(), original);
  return true;
}

/// Whether all elements of a constant, which may be in a file, are 1.
bool holdsOnes(const Literal *constant, const Rewriter &rewriter) {
  std::optional<Tensor> tensor = constant ? rewriter.tensor(constant) : std::nullopt;
  if (!tensor)
    return false;
  std::vector<double> values(size_t(tensor->count()));
  tensor->read(0, values);
  return llvm::all_of(values, [](double value) { return value == 1; });
}

bool joinScaled(Operation &op, Rewriter &rewriter) {
  llvm::StringRef name = op.opName();
  Operation *unit = op.input("x") ? op.input("x")->definingOp() : nullptr;
  if (!name.ends_with(byScale) || !unit || !unit->is("constexpr_blockwise_shift_scale") || !unit->result()->hasOneUse() ||
      !op.constant("y"))
    return false;
  if (!holdsOnes(unit->constant("scale"), rewriter))
    return false;
  std::string original = name.drop_back(byScale.size()).str();
  rewriter.setInsertionPoint(&op);
  Value *whole = rewriter.makeLike(*unit, ArgumentSpec("scale", op.operand("y")));
  if (!whole || !rewriter.replace(op, whole, Rewriter::Compressed::Move))
    return false;
  nameOperation(*whole->definingOp(), original);
  whole->setName(rewriter.fresh(original));
  return true;
}

bool joinLayerNorm(Operation &op, Rewriter &rewriter) {
  bool scalesApart = op.opName().ends_with(unscaled);
  const Operand *gamma = scalesApart ? nullptr : op.operand("gamma"), *beta = nullptr;
  Operation *scaled = scalesApart ? constantReader(*op.result(), "mul", gamma) : &op;
  if (!scaled || (!scalesApart && !op.opName().ends_with(unbiased)))
    return false;
  bool hasBeta = scaled->opName().ends_with(unbiased);
  Operation *last = hasBeta ? constantReader(*scaled->result(), "add", beta) : scaled;
  if (!last)
    return false;
  std::string original = op.opName().drop_back(scalesApart ? unscaled.size() : unbiased.size()).str();
  rewriter.setInsertionPoint(last);
  auto in = [](llvm::StringRef argument, const Operand *operand) {
    return operand ? ArgumentSpec(argument, operand) : ArgumentSpec::none(argument);
  };
  Value *whole = rewriter.makeLike(op, {in("gamma", gamma), in("beta", beta)});
  if (!whole || !rewriter.replace(*last, whole, Rewriter::Compressed::Move))
    return false;
  nameOperation(*whole->definingOp(), original);
  return true;
}

bool joinConv(Operation &op, Rewriter &rewriter) {
  Operation *last = op.result()->hasOneUse() ? op.result()->firstUse()->user() : nullptr;
  if (!op.opName().ends_with(unbiased) || !last || !last->is("add"))
    return false;
  Value *other = last->input("x") == op.result() ? last->input("y") : last->input("x");
  Operation *expanded = other ? other->definingOp() : nullptr;
  const Operand *bias = expanded && expanded->is("expand_dims") && expanded->opName().ends_with(column) ? expanded->operand("x") : nullptr;
  if (!isFixed(bias))
    return false;
  std::string original = op.opName().drop_back(unbiased.size()).str();
  rewriter.setInsertionPoint(last);
  Value *whole = rewriter.makeLike(op, {{"bias", bias}});
  if (!whole || !rewriter.replace(*last, whole, Rewriter::Compressed::Move))
    return false;
  nameOperation(*whole->definingOp(), original);
  return true;
}

} // namespace

bool writeWithoutConstants(Operation &op, Rewriter &rewriter) {
  rewriter.setInsertionPoint(&op);
  if (op.is("linear"))
    return writeLinear(op, rewriter);
  if (op.is("conv") || op.is("conv_transpose"))
    return writeConv(op, rewriter);
  return op.is("layer_norm") && writeLayerNorm(op, rewriter);
}

Value *writeScaleApart(Operation &compressed, Value &scale, Rewriter &rewriter) {
  std::string name = compressed.opName().str();
  Type type = scale.type();
  Tensor ones(type.dtype(), type.dims());
  std::vector<double> values(size_t(ones.count()), 1);
  ones.write(0, llvm::ArrayRef<double>(values));
  rewriter.setInsertionPointAfter(&compressed);
  Operation *unit = rewriter.createLike(compressed, ArgumentSpec("scale", rewriter.literal(ones)));
  Operation *whole = unit ? rewriter.create("mul", {{"x", unit->result()}, {"y", &scale}}) : nullptr;
  if (!whole || whole->result()->type() != compressed.result()->type())
    return nullptr;
  mark(*unit, name + "_unit", false, rewriter);
  mark(*whole, name + byScale.str(), false, rewriter);
  return whole->result();
}

const Literal *convertedConstant(const Literal *literal, Type type, DiagnosticEngine &diags, Context &context) {
  if (literal->type().dtype() == type.dtype())
    return literal->type() == type ? literal : literal->withType(context, type);
  std::shared_ptr<ElementReader> elements = elementsOf(*literal);
  if (!elements)
    return nullptr;
  return streamedConstant(context, type,
                          [elements, &diags](int64_t from, llvm::MutableArrayRef<double> out) { return elements->read(from, out, diags); });
}

size_t writeWithConstants(Function &function, Rewriter &rewriter) {
  std::vector<Operation *> candidates;
  function.body().walk([&](Operation &op) {
    if (op.is("mul") || op.is("matmul") || op.is("linear") || op.is("layer_norm") || op.is("conv") || op.is("conv_transpose"))
      candidates.push_back(&op);
  });
  size_t joined = 0;
  for (Operation *op : candidates)
    joined += op->is("mul")                                ? joinScaled(*op, rewriter)
              : op->is("layer_norm")                       ? joinLayerNorm(*op, rewriter)
              : op->is("conv") || op->is("conv_transpose") ? joinConv(*op, rewriter)
                                                           : joinLinear(*op, rewriter);
  return joined;
}

} // namespace mil
