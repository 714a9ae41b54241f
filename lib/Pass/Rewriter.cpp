#include "mil/Pass/Rewriter.h"
#include "mil/Ops/Args.h"
#include "mil/Ops/Infer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mil {

// ---- Literals and constants -------------------------------------------------

const Literal *Rewriter::ints(llvm::ArrayRef<int64_t> values) const {
  llvm::SmallVector<int32_t, 8> narrow(values.begin(), values.end());
  return Literal::int32s(context(), narrow);
}

const Literal *Rewriter::flags(llvm::ArrayRef<bool> values) const {
  llvm::SmallVector<uint8_t, 8> bytes(values.begin(), values.end());
  return Literal::tensor(context(), Type::tensor(context(), DType::Bool, int64_t(values.size())), bytes);
}

const Literal *Rewriter::literal(const Tensor &tensor) const {
  return tensor.toLiteral(context(), Type::tensor(context(), tensor.dtype(), tensor.dims()));
}

std::optional<Tensor> Rewriter::tensor(const Literal *literal, uint64_t maxElements) const {
  return literal ? Tensor::fromLiteral(*literal, maxElements, &diags()) : std::nullopt;
}
std::optional<Tensor> Rewriter::tensor(const Value *value, uint64_t maxElements) const {
  return value ? tensor(constantOf(value), maxElements) : std::nullopt;
}
std::optional<Tensor> Rewriter::tensor(const Operand *operand, uint64_t maxElements) const {
  return operand ? tensor(constantOf(*operand), maxElements) : std::nullopt;
}

Value *Rewriter::constant(const Literal *literal, llvm::StringRef name) {
  std::string wanted = name.empty() ? nameFor(root).str().str() + "_const" : name.str();
  Operation *op = Operation::create(program(), context().intern("const"), Operation::ResultSpec{fresh(wanted), literal->type()},
                                    root ? root->location() : Location());
  op->setAttribute(context().intern("name"), Literal::string(context(), op->result()->name()));
  op->setAttribute(context().intern("val"), literal);
  return insert(op)->result();
}

// ---- Making operations ------------------------------------------------------

Name Rewriter::nameFor(Operation *op) const { return op && op->resultCount() ? op->result()->name() : context().intern("op"); }

Name Rewriter::fresh(llvm::StringRef wanted) {
  // A name that was never interned is no value's. Names are not looked up in the function, which would cost its size.
  if (!context().find(wanted))
    return context().intern(wanted);
  uint64_t &next = suffixes[wanted];
  std::string base = wanted.str() + "_";
  auto isTaken = [&](uint64_t suffix) { return bool(context().find(base + std::to_string(suffix))); };
  if (isTaken(next)) {
    // Other functions and passes have counted, too, from 0 on: jump past them, then halve the way back to where they stopped.
    uint64_t taken = next, step = 1;
    while (isTaken(taken + step)) {
      taken += step;
      step = std::min<uint64_t>(2 * step, 1 << 20);
    }
    next = taken + step;
    while (next - taken > 1) {
      uint64_t middle = taken + (next - taken) / 2;
      (isTaken(middle) ? taken : next) = middle;
    }
  }
  return context().intern(base + std::to_string(next++));
}

void Rewriter::setInsertionPointAfter(Operation *op) {
  block = op->block();
  auto next = std::next(op->getIterator());
  before_ = next == block->end() ? nullptr : &*next;
}

Operation *Rewriter::insert(Operation *op) {
  block->insert(before_ ? before_->getIterator() : block->end(), op);
  created.insert(op);
  creationOrder.push_back(op);
  return op;
}

/// The constant that an absent parameter stands for; null when it has no default, or one that the arguments don't determine.
static const Literal *defaultLiteral(const Args &call, const Parameter &parameter, Context &context) {
  switch (parameter.defaultValue.kind) {
  case DefaultValue::Kind::None:
    return nullptr;
  case DefaultValue::Kind::Boolean:
    return Literal::boolean(context, parameter.defaultValue.number != 0);
  case DefaultValue::Kind::String:
    return Literal::string(context, parameter.defaultValue.text);
  case DefaultValue::Kind::Computed: {
    std::optional<Dims> values = call.integers(parameter.name);
    if (!values)
      return nullptr;
    return Literal::int32s(context, llvm::SmallVector<int32_t, 8>(values->begin(), values->end()));
  }
  case DefaultValue::Kind::Integer:
  case DefaultValue::Kind::Float:
    return Literal::number(context, call.defaultDType(parameter), parameter.defaultValue.number);
  }
  return nullptr;
}

Operation *Rewriter::create(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments) {
  const OpVersion *version = Catalogue::get().lookup(type, opset());
  if (!version || llvm::any_of(arguments, [](const ArgumentSpec &in) { return in.missing; }))
    return nullptr;
  llvm::SmallVector<Builder::NamedBinding, 8> bindings;
  for (const ArgumentSpec &in : arguments)
    if (!in.absent)
      bindings.emplace_back(in.name, in.bindings);
  std::optional<Args> call = Args::bind(bindings, *version, context(), {});
  if (!call)
    return nullptr;
  Inferred inferred = inferTypes(*call);
  if (inferred.outcome != Inferred::Outcome::Known)
    return nullptr;

  llvm::SmallVector<ArgumentSpec, 8> complete(arguments.begin(), arguments.end());
  for (const Parameter &parameter : version->parameters)
    if (!(*call)[parameter.name].present())
      if (const Literal *literal = defaultLiteral(*call, parameter, context()))
        complete.emplace_back(parameter.name, literal);
  return createNow(type, complete, inferred.types);
}

Operation *Rewriter::createTyped(llvm::StringRef type, llvm::ArrayRef<Type> results, llvm::ArrayRef<ArgumentSpec> arguments) {
  if (llvm::any_of(arguments, [](const ArgumentSpec &in) { return in.missing; }))
    return nullptr;
  return createNow(type, arguments, results);
}

Operation *Rewriter::createNow(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments, llvm::ArrayRef<Type> results) {
  const OpVersion *version = Catalogue::get().lookup(type, opset());
  std::string base = nameFor(root).str().str();
  bool asAttributes = version && version->parametersAreAttributes;

  // Constants first: they stand before the operation. Compressed constants hold theirs themselves.
  bool inPlace = asAttributes || Operation::isConstexprType(type);
  llvm::SmallVector<std::pair<llvm::StringRef, llvm::SmallVector<Binding, 2>>, 8> bound;
  for (const ArgumentSpec &in : arguments) {
    if (in.absent)
      continue;
    auto &[name, bindings] = bound.emplace_back(in.name, in.bindings);
    if (!inPlace)
      for (Binding &binding : bindings)
        if (const Literal *literal = binding.literal())
          binding = constant(literal, base + "_" + name.str() + "_0");
  }

  llvm::SmallVector<Operation::ResultSpec, 2> specs;
  for (Type result : results)
    specs.push_back({fresh(base + "_" + type.str()), result});
  Operation *op = Operation::create(program(), context().intern(type), specs, root ? root->location() : Location());
  for (auto &[name, bindings] : bound) {
    if (asAttributes && bindings.size() == 1 && bindings.front().literal())
      op->setAttribute(context().intern(name), bindings.front().literal());
    else
      op->setArgument(context().intern(name), bindings);
  }
  op->setAttribute(context().intern("name"), Literal::string(context(), nameFor(op)));
  return insert(op);
}

Value *Rewriter::make(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments) {
  Operation *op = create(type, arguments);
  assert((!op || op->resultCount() == 1) && "make is for operations of one result");
  return op ? op->result() : nullptr;
}

Operation *Rewriter::createLike(Operation &op, llvm::ArrayRef<ArgumentSpec> arguments) {
  llvm::SmallVector<ArgumentSpec, 8> all(arguments.begin(), arguments.end());
  auto given = [&](llvm::StringRef name) { return llvm::any_of(arguments, [&](const ArgumentSpec &in) { return in.name == name; }); };
  for (const Argument &argument : op.arguments())
    if (!given(argument.name))
      all.emplace_back(argument.name, &argument);
  const OpVersion *version = Catalogue::get().lookup(op.type(), opset());
  if (version && version->parametersAreAttributes)
    for (const Attribute &attribute : op.attributes())
      if (version->parameter(attribute.name) && !given(attribute.name))
        all.emplace_back(attribute.name, attribute.value);
  return create(op.type(), all);
}

Value *Rewriter::makeLike(Operation &op, llvm::ArrayRef<ArgumentSpec> arguments) {
  Operation *made = createLike(op, arguments);
  return made ? made->result() : nullptr;
}

// ---- Changing the program ---------------------------------------------------

bool Rewriter::losesCompressed(llvm::ArrayRef<Value *> old, llvm::ArrayRef<Value *> by) const {
  // What the new values are made of, through the operations of this rewrite.
  llvm::SmallPtrSet<const Value *, 16> kept;
  llvm::SmallVector<const Value *, 16> pending(by.begin(), by.end());
  auto addOperands = [&](const Operation &op) {
    op.forEachOperand([&](const Operand &operand) {
      if (operand.value())
        pending.push_back(operand.value());
    });
  };
  while (!pending.empty()) {
    const Value *value = pending.pop_back_val();
    if (kept.insert(value).second && isCreated(value->definingOp()))
      addOperands(*value->definingOp());
  }
  // A look back from the old values, as far as patterns reach.
  unsigned steps = 32;
  pending.append(old.begin(), old.end());
  for (size_t i = 0; i < pending.size() && steps; ++i) {
    const Value *value = pending[i];
    const Operation *op = value->definingOp();
    if (!kept.insert(value).second || !op || op->is("const"))
      continue;
    if (op->isConstexpr())
      return true;
    --steps;
    if (!op->is("shape"))
      addOperands(*op);
  }
  return false;
}

bool Rewriter::replace(Operation &op, llvm::ArrayRef<Value *> values, Compressed compressed) {
  assert(values.size() == op.resultCount());
  if (llvm::is_contained(values, nullptr))
    return false;
  llvm::SmallVector<Value *, 2> old;
  for (Value &result : op.results())
    old.push_back(&result);
  if (compressed == Compressed::Keep && losesCompressed(old, values))
    return false;
  for (auto [from, by] : llvm::zip(old, values))
    take(from, by);
  drop(op);
  return true;
}

bool Rewriter::replace(Operation &op, Operation *by, Compressed compressed) {
  if (!by)
    return false;
  llvm::SmallVector<Value *, 2> values;
  for (Value &result : by->results())
    values.push_back(&result);
  return replace(op, values, compressed);
}

bool Rewriter::replaceUses(Value *value, Value *by, Compressed compressed) {
  if (!by || value == by || (compressed == Compressed::Keep && losesCompressed(value, by)))
    return false;
  take(value, by);
  release(value);
  return true;
}

Operand *functionOutput(const Value *value) {
  for (Operand *use = value->firstUse(); use && use->outputOf(); use = use->nextUse())
    if (use->outputOf()->bodyOf())
      return use;
  return nullptr;
}

/// Exchanges the names of two values and, of operations of one result, of the operations.
static void swapNames(Value *a, Value *b) {
  Name name = a->name();
  a->setName(b->name());
  b->setName(name);
  Operation *opA = a->definingOp(), *opB = b->definingOp();
  if (!opA || !opB || opA->resultCount() != 1 || opB->resultCount() != 1)
    return;
  const Literal *nameA = opA->attribute("name"), *nameB = opB->attribute("name");
  Name key = opA->program().context().intern("name");
  if (nameA && nameB) {
    opA->setAttribute(key, nameB);
    opB->setAttribute(key, nameA);
  }
}

void Rewriter::take(Value *from, Value *by) {
  assert(from != by);
  modified = true;
  Value *output = by;
  bool isOutput = functionOutput(from) != nullptr;
  if (isOutput && (!by->definingOp() || by->block() != from->block() || functionOutput(by))) {
    // The new value has a name of its own to keep, so that a copy bears the output's.
    Operation *after = from->definingOp();
    block = after->block(), before_ = after;
    Operation *copy = createNow("identity", ArgumentSpec("x", by), by->type());
    output = copy->result();
    swapNames(output, from);
  } else if (isOutput || (isCreated(by->definingOp()) && !functionOutput(by))) {
    swapNames(by, from);
  }
  while (Operand *use = from->firstUse()) {
    touch(use->user());
    use->set(use->outputOf() && use->outputOf()->bodyOf() ? output : by);
  }
  touch(by->definingOp());
}

void Rewriter::setOperand(Operand &operand, Value *value) {
  modified = true;
  Value *old = operand.value();
  operand.set(value);
  release(old);
  touch(operand.user());
}

void Rewriter::setArgument(Operation &op, const ArgumentSpec &argument) {
  assert(!argument.missing);
  modified = true;
  if (const Argument *old = op.argument(argument.name))
    for (Operand &operand : old->bindings())
      release(operand.value());
  llvm::SmallVector<Binding, 2> bindings = argument.bindings;
  for (Binding &binding : bindings)
    if (const Literal *literal = binding.literal()) {
      block = op.block(), before_ = &op;
      binding = constant(literal, nameFor(&op).str().str() + "_" + argument.name.str() + "_0");
    }
  op.setArgument(context().intern(argument.name), bindings);
  changed(op);
}

void Rewriter::removeArgument(Operation &op, llvm::StringRef name) {
  if (const Argument *old = op.argument(name))
    for (Operand &operand : old->bindings())
      release(operand.value());
  op.removeArgument(name);
  changed(op);
}

void Rewriter::changed(Operation &op) {
  modified = true;
  touch(&op);
  for (Value &result : op.results())
    for (Operand &use : result.uses())
      touch(use.user());
}

void Rewriter::erase(Operation &op) {
  assert(!op.hasUses());
  drop(op);
}

void Rewriter::moveBefore(Operation &op, Operation &other) {
  modified = true;
  op.moveBefore(&other);
  touch(&op);
}

// ---- Bookkeeping ------------------------------------------------------------

void Rewriter::touch(Operation *op) {
  if (op)
    touched.push_back(op);
}

void Rewriter::release(Value *value) {
  if (value)
    released.push_back(value);
}

void Rewriter::drop(Operation &op) {
  modified = true;
  auto releaseOperands = [&](const Operation &each) {
    each.forEachOperand([&](Operand &operand) { release(operand.value()); });
    for (Block *inner : each.blocks())
      for (Operand &output : inner->outputs())
        release(output.value());
    erased.insert(&each);
  };
  releaseOperands(op);
  for (Block *inner : op.blocks())
    inner->walk([&](const Operation &each) { releaseOperands(each); });
  if (before_ == &op)
    setInsertionPointAfter(&op);
  op.erase();
}

void Rewriter::begin(Operation &at) {
  root = &at;
  setInsertionPoint(&at);
  modified = false;
  creationOrder.clear();
  created.clear();
  touched.clear();
  released.clear();
  erased.clear();
}

void Rewriter::rollback() {
  assert(!modified && "a pattern that changed the program says that it didn't match");
  for (Operation *op : llvm::reverse(creationOrder))
    op->erase();
}

void Rewriter::finish() {
  auto dropIfDead = [&](Operation *op) {
    bool dead = op && !erased.contains(op) && !op->hasUses() && isRemovable(*op);
    if (dead)
      drop(*op);
    return dead;
  };
  for (Operation *op : llvm::reverse(creationOrder))
    if (!dropIfDead(op) && !erased.contains(op))
      touch(op);
  for (size_t i = 0; i < released.size(); ++i) {
    Value *value = released[i];
    Operation *op = value->definingOp();
    if ((op && erased.contains(op)) || dropIfDead(op))
      continue;
    touch(op);
    if (value->hasOneUse())
      touch(value->firstUse()->user());
  }
  llvm::erase_if(touched, [&](Operation *op) { return erased.contains(op); });
}

} // namespace mil
