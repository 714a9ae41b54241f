// What a Rewriter adds to the program: constants and operations.
#include "mil/Ops/Args.h"
#include "mil/Ops/Infer.h"
#include "mil/Pass/Rewriter.h"
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
  // A name that was never interned isn't in use. Names are not looked up in the function, which would take time proportional to its size.
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

/// The default of an absent parameter as a constant; null if it has none, or one that the arguments don't determine.
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

  // Constants first: they are placed before the operation. Compressed constants contain theirs.
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

} // namespace mil
