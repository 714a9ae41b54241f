#include "FloatCast.h"
#include "mil/Ops/Infer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace mil;

/// Whether an operation computes with floating-point numbers whose type may be changed: not casts, control flow, lists, state accesses and
/// constants.
static bool mayChangeFloatType(const Operation &op) {
  static const char *const kinds[] = {"const",     "cast",       "while_loop",  "cond",
                                      "make_list", "read_state", "write_state", "coreml_update_state"};
  llvm::StringRef type = op.type();
  return op.resultCount() && op.hasUses() && op.blocks().empty() && !type.starts_with("list_") && !llvm::is_contained(kinds, type);
}

bool FloatCastPass::startFunction(Function &) {
  casts.clear();
  if (named.empty())
    for (const std::string &name : names())
      named.insert(name);
  return true;
}

const Literal *FloatCastPass::converted(const Literal &literal, Rewriter &rewriter) {
  auto [entry, isNew] = constants.try_emplace(&literal, nullptr);
  if (isNew)
    entry->second = convert(literal, rewriter);
  return entry->second;
}

bool FloatCastPass::rewrite(Operation &op, Rewriter &rewriter) {
  // The function's opset, but for operations that have one of their own; not looked for through all blocks around, of each of them.
  Opset opset = op.opsetTag() ? opsetOf(op) : rewriter.opset();
  const OpVersion *version = mayChangeFloatType(op) ? Catalogue::get().lookup(op.type(), opset) : nullptr;
  if (!version || !isWanted(op, rewriter))
    return false;
  Pairs made;
  llvm::SmallVector<ArgumentSpec, 4> arguments;
  for (const Argument &argument : op.arguments()) {
    const Parameter *parameter = version->parameter(argument.name);
    if (parameter && !stays(op, opset, *version, *parameter) &&
        llvm::any_of(argument.bindings(), [&](const Operand &operand) { return isOfFrom(operand.type()); }))
      arguments.push_back(cast(argument, rewriter, made));
  }
  for (const Attribute &attribute : op.attributes())
    if (const Parameter *parameter = version->parameter(attribute.name))
      if (isOfFrom(attribute.value->type()) && !stays(op, opset, *version, *parameter))
        arguments.push_back(ArgumentSpec(attribute.name, converted(*attribute.value, rewriter)));
  rewriter.setInsertionPoint(&op);
  Operation *changed = arguments.empty() ? nullptr : rewriter.createLike(op, arguments);
  if (!changed)
    return false;
  nameAfter(*changed, op, rewriter);
  llvm::SmallVector<Value *, 2> results;
  for (auto [old, now] : llvm::zip(op.results(), changed->results()))
    results.push_back(backTo(old.type(), now, rewriter));
  for (auto [result, now] : llvm::zip(results, changed->results()))
    if (result != &now)
      made.push_back({result, &now});
  if (!rewriter.replace(op, results, Rewriter::Compressed::Move))
    return false;
  casts.insert(made.begin(), made.end());
  return true;
}

ArgumentSpec FloatCastPass::cast(const Argument &argument, Rewriter &rewriter, Pairs &made) {
  llvm::SmallVector<Value *, 4> values;
  for (const Operand &operand : argument.bindings()) {
    if (!isOfFrom(operand.type()))
      values.push_back(operand.value() ? operand.value() : rewriter.constant(operand.literal()));
    else if (!operand.value() && argument.count == 1)
      return ArgumentSpec(argument.name, converted(*operand.literal(), rewriter));
    else
      values.push_back(operand.value() ? cast(operand.value(), rewriter, made)
                                       : rewriter.constant(converted(*operand.literal(), rewriter)));
  }
  return ArgumentSpec(argument.name, values);
}

static void rename(Operation &op, llvm::StringRef name, Rewriter &rewriter) {
  op.result()->setName(rewriter.fresh(name));
  op.setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), op.result()->name()));
}

Value *FloatCastPass::cast(Value *value, Rewriter &rewriter, Pairs &made) {
  Type wanted = value->type().withDType(rewriter.context(), to);
  Operation *maker = value->definingOp();
  if (Value *source = maker && maker->is("cast") ? maker->input("x") : nullptr)
    if (source->type() == wanted)
      return source;
  if (Value *known = casts.lookup(value))
    return known;
  for (auto [old, now] : made)
    if (old == value)
      return now;
  if (maker)
    rewriter.setInsertionPointAfter(maker);
  else
    rewriter.setInsertionPoint(&value->block()->front());
  std::string newName = (value->name().str() + "_to_" + name(to)).str();
  Value *result = nullptr;
  if (const Literal *literal = constantOf(value)) {
    result = rewriter.constant(converted(*literal, rewriter), newName);
  } else if ((result = rewriter.make("cast", {{"x", value}, {"dtype", rewriter.string(name(to))}}))) {
    rename(*result->definingOp(), newName, rewriter);
    result->setType(wanted);
  }
  if (result)
    made.push_back({value, result});
  return result;
}

void FloatCastPass::nameAfter(Operation &made, Operation &op, Rewriter &rewriter) const {
  for (auto [old, now] : llvm::zip(op.results(), made.results())) {
    now.setName(rewriter.fresh((old.name().str() + "_cast_" + name(to)).str()));
    now.setType(merged(rewriter.context(),
                       old.type().isTensor() ? old.type().withDType(rewriter.context(), now.type().dtype()) : old.type(), now.type()));
  }
  made.setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), made.result()->name()));
}

Value *FloatCastPass::backTo(Type type, Value &now, Rewriter &rewriter) const {
  if (!isOfFrom(type) || now.type().dtype() != to)
    return &now;
  Value *back = rewriter.make("cast", {{"x", &now}, {"dtype", rewriter.string(name(from))}});
  back->setType(type);
  return back;
}
