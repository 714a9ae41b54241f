#include "patterns/TransposedOperands.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringSwitch.h"

namespace mil {

/// Larger constants are not permuted: their transposed form would be held in memory.
static constexpr int64_t maxPermuted = int64_t(1) << 24;

// ---- Orders -----------------------------------------------------------------

std::optional<Order> orderOf(const Operation &transpose) {
  const Literal *literal = transpose.constant("perm");
  std::optional<llvm::SmallVector<int64_t, 8>> perm = literal ? literal->asInts() : std::nullopt;
  if (!perm)
    return std::nullopt;
  int64_t rank = int64_t(perm->size());
  Order order;
  llvm::SmallVector<bool, 8> seen(perm->size());
  for (int64_t axis : *perm) {
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank || std::exchange(seen[size_t(axis)], true))
      return std::nullopt;
    order.push_back(axis);
  }
  return order;
}

bool isIdentity(llvm::ArrayRef<int64_t> order) { return llvm::equal(order, llvm::seq<int64_t>(0, int64_t(order.size()))); }

bool hasDims(Type type, size_t rank) { return type.isTensor() && type.hasRank() && type.rank() == rank; }

Order composed(llvm::ArrayRef<int64_t> first, llvm::ArrayRef<int64_t> second) {
  Order both;
  for (int64_t axis : second)
    both.push_back(first[size_t(axis)]);
  return both;
}

Order dimsBefore(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> order) {
  Order before(dims);
  for (auto [dim, axis] : llvm::zip(dims, order))
    before[size_t(axis)] = dim;
  return before;
}

static Order inverse(llvm::ArrayRef<int64_t> order) {
  return dimsBefore(llvm::to_vector(llvm::seq<int64_t>(0, int64_t(order.size()))), order);
}

// ---- What can be ------------------------------------------------------------

TransposedCall::Kind TransposedCall::kind() const {
  llvm::StringRef type = op.type();
  auto named = llvm::StringSwitch<std::optional<Kind>>(type)
                   .Cases("prelu", "softplus_parametric", "softmax", Kind::Other) // activations along a dimension
                   .Case("identity", Kind::Elementwise)
                   .Case("select", Kind::Broadcast)
                   .Case("concat", Kind::Concat)
                   .Cases("split", "cumsum", Kind::Axis)
                   .Case("reverse", Kind::Axes)
                   .Cases("pad", "slice_by_index", "slice_by_size", "tile", Kind::Sizes)
                   .StartsWith("reduce_", Kind::Reduction)
                   .Default(std::nullopt);
  if (named)
    return *named;
  const OpDefinition *definition = Catalogue::get().find(type);
  return llvm::StringSwitch<Kind>(definition ? definition->family : "")
      .Cases("elementwise_unary", "activation", Kind::Elementwise)
      .Case("elementwise_binary", Kind::Broadcast)
      .Default(Kind::Other);
}

std::optional<Order> TransposedCall::resultOrder() const {
  Kind is = kind();
  if (is == Kind::Other)
    return std::nullopt;
  std::optional<Order> reduced = is == Kind::Reduction && only() ? reducedOrder() : std::nullopt;
  if (llvm::any_of(op.results(), [&](const Value &result) { return !hasDims(result.type(), reduced ? reduced->size() : order.size()); }))
    return std::nullopt;
  bool passes = false;
  switch (is) {
  case Kind::Other:
    break;
  case Kind::Elementwise:
    passes = only();
    break;
  case Kind::Broadcast:
    passes = canAlign();
    break;
  case Kind::Concat:
    passes = axis() && canAlign();
    break;
  case Kind::Axis:
    passes = only() && axis();
    break;
  case Kind::Axes:
    passes = only() && reducedAxes();
    break;
  case Kind::Sizes:
    passes = only() && hasConstantLists() && (!op.is("pad") || padsWhereAllowed());
    break;
  case Kind::Reduction:
    return reduced;
  }
  return passes ? std::optional(Order(order)) : std::nullopt;
}

/// The operand x, when it is transposed and no other is.
Value *TransposedCall::only() const {
  Value *x = op.input("x");
  if (!x || !isTransposed(x))
    return nullptr;
  unsigned count = 0;
  op.forEachOperand([&](const Operand &operand) { count += operand.value() && isTransposed(operand.value()); });
  return count == 1 ? x : nullptr;
}

/// Whether all other operands that take part in broadcasting or joining can be had as before, too.
bool TransposedCall::canAlign() const {
  for (const Argument &argument : op.arguments()) {
    if (op.is("concat") && argument.name != "values")
      continue;
    for (const Operand &operand : argument.bindings())
      if (!(operand.value() && isTransposed(operand.value())) && aligning(operand) == Aligning::Impossible)
        return false;
  }
  return true;
}

/// The dimensions of an operand, broadcast to the rank of the order, as they were before.
Order TransposedCall::alignedDims(const Operand &operand) const {
  Order dims(order.size() - operand.type().rank(), 1);
  llvm::append_range(dims, operand.type().dims());
  return dimsBefore(dims, order);
}

TransposedCall::Aligning TransposedCall::aligning(const Operand &operand) const {
  Type type = operand.type();
  if (!type.isTensor() || !type.hasRank() || !hasDims(type, type.rank()) || type.rank() > order.size())
    return Aligning::Impossible;
  if (type.rank() == 0)
    return Aligning::AsIs;
  Order dims = alignedDims(operand);
  // Elements keep their sequence when the dimensions that aren't 1 do.
  int64_t last = -1;
  bool keepsSequence = true;
  for (size_t i = 0, skipped = order.size() - type.rank(); i < type.rank(); ++i)
    if (type.dims()[i] != 1) {
      int64_t at = order[i + skipped];
      keepsSequence &= at > last;
      last = at;
    }
  llvm::ArrayRef<int64_t> tail = llvm::ArrayRef(dims).take_back(type.rank());
  if (keepsSequence && tail == type.dims())
    return Aligning::AsIs;
  if (const Literal *literal = constantOf(operand)) {
    bool readable = literal->isTensor() || (literal->isBlob() && literal->blob());
    return type.hasStaticShape() && readable && *type.elementCount() <= maxPermuted ? Aligning::Permute : Aligning::Impossible;
  }
  // A reshape can say one size that isn't known.
  bool isSayable = llvm::count_if(dims, [](int64_t dim) { return dim < 0; }) <= 1 && !llvm::is_contained(dims, 0);
  return keepsSequence && isSayable && !op.is("concat") ? Aligning::Reshape : Aligning::Impossible;
}

/// The axis of an operation along one, counted from 0.
std::optional<int64_t> TransposedCall::axis() const {
  const Argument *argument = op.argument("axis");
  const Literal *literal = op.constant("axis");
  std::optional<int64_t> axis;
  if (literal)
    axis = literal->asInt();
  else if (!argument && !op.is("concat") && !op.is("split"))
    axis = op.is("cumsum") ? 0 : -1;
  int64_t rank = int64_t(order.size());
  if (!axis || *axis < -rank || *axis >= rank)
    return std::nullopt;
  return *axis + (*axis < 0 ? rank : 0);
}

std::optional<Order> TransposedCall::reducedAxes() const {
  int64_t rank = int64_t(order.size());
  if (op.is("reduce_argmax") || op.is("reduce_argmin")) {
    std::optional<int64_t> one = axis();
    return one ? std::optional(Order{*one}) : std::nullopt;
  }
  if (!op.argument("axes"))
    return llvm::to_vector<6>(llvm::seq<int64_t>(0, rank));
  const Literal *literal = op.constant("axes");
  std::optional<llvm::SmallVector<int64_t, 8>> ints = literal ? literal->asInts() : std::nullopt;
  if (!ints)
    return std::nullopt;
  Order axes;
  for (int64_t axis : *ints) {
    if (axis < -rank || axis >= rank)
      return std::nullopt;
    axes.push_back(axis + (axis < 0 ? rank : 0));
  }
  return axes;
}

std::optional<Order> TransposedCall::reducedOrder() const {
  std::optional<Order> axes = reducedAxes();
  const Literal *literal = op.constant("keep_dims");
  std::optional<bool> keepDims = literal ? literal->asBool() : std::nullopt;
  if (!axes || (op.argument("keep_dims") && !keepDims))
    return std::nullopt;
  if (keepDims.value_or(false))
    return Order(order);
  // The remaining dimensions, by their old axes; then renumbered.
  llvm::SmallVector<bool, 8> reduced(order.size());
  for (int64_t axis : *axes)
    reduced[size_t(axis)] = true;
  Order number(order.size(), -1);
  for (size_t i = 0; i < order.size(); ++i)
    number[size_t(order[i])] = reduced[i] ? 0 : 1;
  int64_t next = 0;
  for (int64_t &each : number)
    each = each ? next++ : -1;
  Order result;
  for (size_t i = 0; i < order.size(); ++i)
    if (!reduced[i])
      result.push_back(number[size_t(order[i])]);
  return result;
}

/// The arguments that list something for every dimension.
llvm::ArrayRef<llvm::StringRef> TransposedCall::lists() const {
  static constexpr llvm::StringRef byIndex[] = {"begin", "end", "stride", "begin_mask", "end_mask", "squeeze_mask"};
  static constexpr llvm::StringRef bySize[] = {"begin", "size"}, pad[] = {"pad"}, tile[] = {"reps"};
  if (op.is("slice_by_index"))
    return byIndex;
  return op.is("slice_by_size") ? llvm::ArrayRef<llvm::StringRef>(bySize) : op.is("pad") ? pad : tile;
}

bool TransposedCall::hasConstantLists() const {
  for (llvm::StringRef list : lists()) {
    const Literal *literal = op.constant(list);
    if (!op.argument(list))
      continue;
    uint64_t count = literal && literal->isTensor() ? literal->elementCount() : 0;
    if (op.is("pad") ? count % 2 || count > 2 * order.size() || !literal : count != order.size())
      return false;
    // A dimension that goes would leave the others in another order.
    if (list == "squeeze_mask")
      for (size_t i = 0; i < count; ++i)
        if (literal->elementAsInt(i))
          return false;
  }
  return true;
}

/// Devices reflect and replicate the last two dimensions only.
bool TransposedCall::padsWhereAllowed() const {
  const Literal *mode = op.constant("mode"), *pad = op.constant("pad");
  if (!mode ? !op.argument("mode") : mode->asString() == "constant")
    return true;
  size_t count = pad ? pad->elementCount() : 0, first = order.size() - count / 2;
  for (size_t i = 0; i < count; ++i)
    if (pad->elementAsInt(i) && order[first + i / 2] + 2 < int64_t(order.size()))
      return false;
  return mode != nullptr;
}

// ---- Changing it ------------------------------------------------------------

bool TransposedCallRewriter::rewrite(const TransposedCall &call) {
  using Kind = TransposedCall::Kind;
  Operation &op = call.op;
  auto mapped = [&](int64_t axis) { return call.order[size_t(axis)]; };
  switch (call.kind()) {
  case Kind::Other:
  case Kind::Elementwise:
    return true;
  case Kind::Broadcast:
  case Kind::Concat:
    for (const Argument &argument : op.arguments())
      if (!op.is("concat") || argument.name == "values")
        for (Operand &operand : argument.bindings())
          if (!align(call, operand))
            return false;
    if (!op.is("concat"))
      return true;
    [[fallthrough]];
  case Kind::Axis:
    setConstant(op, "axis", rewriter.i32(mapped(*call.axis())));
    return true;
  case Kind::Sizes:
    return llvm::all_of(call.lists(), [&](llvm::StringRef list) { return !op.argument(list) || permuteList(call, list); });
  case Kind::Axes:
  case Kind::Reduction: {
    Order axes = *call.reducedAxes();
    llvm::transform(axes, axes.begin(), mapped);
    if (op.is("reduce_argmax") || op.is("reduce_argmin"))
      setConstant(op, "axis", rewriter.i32(axes.front()));
    else if (op.argument("axes"))
      setConstant(op, "axes", rewriter.ints(axes));
    return true;
  }
  }
  return true;
}

/// Gives an operand that isn't transposed the dimensions that it had before.
bool TransposedCallRewriter::align(const TransposedCall &call, Operand &operand) {
  using Aligning = TransposedCall::Aligning;
  if (operand.value() && call.isTransposed(operand.value()))
    return true;
  Operation &op = call.op;
  Value *old = operand.value();
  std::string name = op.result()->name().str().str();
  switch (call.aligning(operand)) {
  case Aligning::AsIs:
    return true;
  case Aligning::Impossible:
    return false;
  case Aligning::Reshape: {
    Order dims = call.alignedDims(operand);
    Builder builder = Builder::before(&op);
    Value *shape = builder.constant(rewriter.fresh(name + "_aligned_shape"), rewriter.ints(dims));
    Operation::ResultSpec spec{rewriter.fresh(name + "_aligned"), operand.type().withDims(rewriter.context(), dims)};
    operand.set(builder.create("reshape", spec, {{"shape", shape}, {"x", old}})->result());
    return true;
  }
  case Aligning::Permute: {
    const Literal *literal = permuted(*constantOf(operand), call, call.alignedDims(operand));
    if (!literal)
      return false;
    Operation *before = old ? old->definingOp() : nullptr;
    Value *&constant = made[literal];
    if (!constant)
      constant = Builder::before(&op).constant(rewriter.fresh((old ? old->name().str().str() : name) + "_permuted"), literal);
    operand.set(constant);
    if (before && !before->hasUses())
      before->erase();
    return true;
  }
  }
  return false;
}

const Literal *TransposedCallRewriter::permuted(const Literal &literal, const TransposedCall &call, const Order &dims) {
  llvm::SmallVector<Permuted, 1> &forms = known[&literal];
  for (const Permuted &form : forms)
    if (llvm::ArrayRef(form.order) == call.order)
      return form.literal;
  Type type = literal.type().withDims(rewriter.context(), dims);
  const Literal *result;
  if (llvm::count_if(dims, [](int64_t dim) { return dim != 1; }) <= 1) {
    result = literal.withType(rewriter.context(), type); // the same bytes, which may stay in their file
  } else {
    std::optional<Tensor> tensor = rewriter.tensor(&literal);
    if (!tensor)
      return nullptr;
    Order broadcast(call.order.size() - tensor->rank(), 1);
    llvm::append_range(broadcast, tensor->dims());
    result = permute(std::move(*tensor).withDims(broadcast), inverse(call.order)).toLiteral(rewriter.context(), type);
  }
  forms.push_back({Order(call.order), result});
  return result;
}

/// A list of one or, for pad, two numbers a dimension; pad's may leave out the first dimensions.
bool TransposedCallRewriter::permuteList(const TransposedCall &call, llvm::StringRef argument) {
  const Literal *literal = call.op.constant(argument);
  std::optional<Tensor> list = rewriter.tensor(literal);
  if (!list)
    return false;
  int64_t rank = int64_t(call.order.size()), width = call.op.is("pad") ? 2 : 1;
  Tensor whole(list->dtype(), {rank * width});
  llvm::copy(list->bytes(), whole.bytes().end() - ptrdiff_t(list->bytes().size()));
  Tensor result = take(std::move(whole).withDims({rank, width}), 0, inverse(call.order)).withDims({rank * width});
  setConstant(call.op, argument, rewriter.literal(result));
  return true;
}

void TransposedCallRewriter::setConstant(Operation &op, llvm::StringRef argument, const Literal *literal) {
  Value *old = op.input(argument);
  Name name = rewriter.fresh(op.result()->name().str().str() + "_" + argument.str() + "_0");
  op.setArgument(rewriter.context().intern(argument), {Builder::before(&op).constant(name, literal)});
  if (old && !old->hasUses() && old->definingOp() && old->definingOp()->is("const"))
    old->definingOp()->erase();
}

} // namespace mil
