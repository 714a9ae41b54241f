#include "mil/Ops/Infer.h"
#include "mil/Tensor/Shapes.h"

using namespace mil;

Inferred mil::inferTypes(const Args &call) {
  if (!call.allRanked())
    return Inferred::unknown();
  Inferred inferred = call.version().infer(call);
  for (Type type : inferred.types)
    if (type.isTensor() && type.hasRank() && !shapes::product(type.dims()))
      return call.failOverflow();
  return inferred;
}

Inferred mil::inferTypes(const Operation &op, DiagnosticEngine *diags) {
  const OpVersion *version = versionOf(op);
  if (!version)
    return Inferred::unknown();
  std::optional<Args> args = Args::bind(op, *version, diags);
  return args ? inferTypes(*args) : Inferred(Failed());
}

bool mil::agrees(Type stored, Type inferred) {
  if (stored == inferred)
    return true;
  if (!stored || !inferred || stored.kind() != inferred.kind())
    return false;
  switch (stored.kind()) {
  case Type::Kind::Tensor:
    if (stored.dtype() != inferred.dtype())
      return false;
    return !stored.hasRank() || !inferred.hasRank() || shapes::compatible(stored.dims(), inferred.dims());
  case Type::Kind::List:
    return shapes::compatible(stored.length(), inferred.length()) && agrees(stored.element(), inferred.element());
  case Type::Kind::State:
    return agrees(stored.element(), inferred.element());
  default:
    return false;
  }
}

Type mil::merged(Context &context, Type stored, Type inferred) {
  if (stored.isList() && inferred.isList())
    return Type::list(context, merged(context, stored.element(), inferred.element()), shapes::merge(inferred.length(), stored.length()));
  if (stored == inferred || !stored.isTensor() || !stored.hasRank() || !inferred.isTensor())
    return inferred;
  if (!inferred.hasRank())
    return stored;
  Dims dims;
  for (size_t i = 0; i < stored.rank(); ++i)
    dims.push_back(shapes::merge(inferred.dims()[i], stored.dims()[i]));
  return inferred.withDims(context, dims);
}

/// Sets the types of an operation's results; false when its rule failed.
static bool retype(Operation &op, DiagnosticEngine &diags, bool keepPrecise, size_t &changed) {
  Inferred inferred = inferTypes(op, &diags);
  if (inferred.outcome == Inferred::Outcome::Failed)
    return false;
  for (size_t i = 0; i < std::min<size_t>(op.resultCount(), inferred.types.size()); ++i) {
    Value *result = op.result(i);
    Type type = inferred.types[i];
    if (keepPrecise && agrees(result->type(), type))
      type = merged(op.program().context(), result->type(), type);
    changed += type != result->type();
    result->setType(type);
  }
  return true;
}

/// A loop's blocks see the loop's variables.
static void retypeBlockInputs(Operation &op) {
  const Argument *variables = op.argument("loop_vars");
  if (!op.is("while_loop") || !variables)
    return;
  for (Block *block : op.blocks())
    for (size_t i = 0; i < std::min<size_t>(block->inputs().size(), variables->count); ++i)
      if (!agrees(block->inputs()[i]->type(), variables->operands[i].type()))
        block->inputs()[i]->setType(variables->operands[i].type());
}

Result<size_t> mil::inferFunction(Function &function, DiagnosticEngine &diags, bool keepPrecise) {
  // Iterative, as blocks nest to any depth: an operation with blocks is retyped when they are done.
  struct Frame {
    Block *block;
    Block::iterator next;
    Operation *holder = nullptr;
    size_t index = 0;
  };
  size_t changed = 0;
  bool failed = false;
  std::vector<Frame> stack{{&function.body(), function.body().begin()}};
  while (!stack.empty()) {
    Frame &frame = stack.back();
    if (frame.next != frame.block->end()) {
      Operation &op = *frame.next++;
      if (op.blocks().empty()) {
        failed |= !retype(op, diags, keepPrecise, changed);
        continue;
      }
      retypeBlockInputs(op);
      stack.push_back({op.blocks()[0], op.blocks()[0]->begin(), &op, 0});
      continue;
    }
    Operation *holder = frame.holder;
    size_t index = frame.index + 1;
    stack.pop_back();
    if (!holder)
      continue;
    if (index < holder->blocks().size())
      stack.push_back({holder->blocks()[index], holder->blocks()[index]->begin(), holder, index});
    else
      failed |= !retype(*holder, diags, keepPrecise, changed);
  }
  if (failed)
    return failure();
  return changed;
}
