// Editing programs by hand: arguments, attributes, places, names.
#include "Handles.h"
#include "mil/IR/Rename.h"

using namespace mil;
using namespace milc;

namespace {

/// Whether `inner` is in a nested block of `op`, at any depth.
bool isWithin(const Operation *inner, const Operation &op) {
  for (; inner; inner = inner->block() ? inner->block()->parentOp() : nullptr)
    if (inner == &op)
      return true;
  return false;
}

NameScope &namesOf(const Function &function, mil_context &context) {
  std::unique_ptr<NameScope> &names = context.shared->names[&function];
  if (!names)
    names = std::make_unique<NameScope>(function);
  return *names;
}

/// Values that are all there and of `program`; nullopt when one isn't.
std::optional<llvm::SmallVector<Value *, 4>> valuesOf(const Program &program, mil_value *const *values, size_t count) {
  llvm::SmallVector<Value *, 4> list;
  for (size_t i = 0; i < count; ++i) {
    if (!values || !values[i] || &milc::programOf(*unwrap(values[i])) != &program)
      return std::nullopt;
    list.push_back(unwrap(values[i]));
  }
  return list;
}

constexpr const char *foreignValues = "a value is NULL or belongs to another program";

} // namespace

extern "C" {

mil_status mil_block_set_outputs(mil_block *block, mil_value *const *values, size_t count) {
  Call call(block);
  if (!call)
    return MIL_BAD_CALL;
  auto list = valuesOf(unwrap(block)->program(), values, count);
  if (!list)
    return call.refuse("mil_block_set_outputs", foreignValues);
  unwrap(block)->setOutputs(*list);
  call.edited(unwrap(block)->program());
  return MIL_OK;
}

mil_status mil_operation_set_argument(mil_operation *operation, const char *name, mil_value *const *values, size_t count) {
  Call call(operation);
  if (!call || !name || !isIdentifier(name) || count == 0)
    return call.refuse("mil_operation_set_argument", "there are no values, or the name is not an identifier");
  auto list = valuesOf(unwrap(operation)->program(), values, count);
  if (!list)
    return call.refuse("mil_operation_set_argument", foreignValues);
  unwrap(operation)->setArgument(call.shared().intern(name), llvm::SmallVector<Binding, 4>(list->begin(), list->end()));
  call.edited(unwrap(operation)->program());
  return MIL_OK;
}

mil_status mil_operation_set_argument_literal(mil_operation *operation, const char *name, const mil_literal *literal) {
  Call call(operation);
  if (!call || !name || !isIdentifier(name) || !literal)
    return call.refuse("mil_operation_set_argument_literal", "literal is NULL, or the name is not an identifier");
  unwrap(operation)->setArgument(call.shared().intern(name), Binding(unwrap(literal)));
  call.edited(unwrap(operation)->program());
  return MIL_OK;
}

mil_status mil_operation_remove_argument(mil_operation *operation, const char *name) {
  Call call(operation);
  if (!call || !name || !unwrap(operation)->argument(name))
    return call.refuse("mil_operation_remove_argument", "the operation has no argument with this name");
  unwrap(operation)->removeArgument(name);
  call.edited(unwrap(operation)->program());
  return MIL_OK;
}

mil_status mil_operation_set_attribute(mil_operation *operation, const char *name, const mil_literal *value) {
  Call call(operation);
  if (!call || !name || !isIdentifier(name) || !value)
    return call.refuse("mil_operation_set_attribute", "value is NULL, or the name is not an identifier");
  Operation &op = *unwrap(operation);
  op.setAttribute(call.shared().intern(name), unwrap(value));
  if (op.is("const") && llvm::StringRef(name) == "val" && op.resultCount() == 1)
    op.result()->setType(unwrap(value)->type());
  call.edited(op.program());
  return MIL_OK;
}

mil_status mil_operation_remove_attribute(mil_operation *operation, const char *name) {
  Call call(operation);
  if (!call || !name || !unwrap(operation)->attribute(name))
    return call.refuse("mil_operation_remove_attribute", "the operation has no attribute with this name");
  unwrap(operation)->removeAttribute(name);
  call.edited(unwrap(operation)->program());
  return MIL_OK;
}

mil_status mil_operation_move_before(mil_operation *operation, mil_operation *other) {
  Call call(operation);
  if (!call || !other || !unwrap(operation)->block() || !unwrap(other)->block())
    return call.refuse("mil_operation_move_before", "an operation is NULL or was erased");
  if (unwrap(operation)->function() != unwrap(other)->function() || isWithin(unwrap(other), *unwrap(operation)))
    return call.refuse("mil_operation_move_before", "the other operation belongs to another function, or is nested in this one");
  unwrap(operation)->moveBefore(unwrap(other));
  call.edited(unwrap(operation)->program());
  return MIL_OK;
}

mil_status mil_operation_erase(mil_operation *operation) {
  Call call(operation);
  if (!call || !unwrap(operation)->block())
    return call.refuse("mil_operation_erase", "the operation was already erased");
  if (unwrap(operation)->hasUses())
    return call.refuse("mil_operation_erase", "its results are used: " + unwrap(operation)->describe());
  call.edited(unwrap(operation)->program());
  unwrap(operation)->erase();
  return MIL_OK;
}

mil_status mil_value_rename(mil_model *model, mil_value *value, const char *name) {
  Call call(model);
  if (!call || !value || !name || &milc::programOf(*unwrap(value)) != call.opened().model->program.get())
    return call.refuse("mil_value_rename", "value or name is NULL, or the value doesn't belong to the model");
  Value &renamed = *unwrap(value);
  if (renamed.name() == name)
    return MIL_OK;
  if (!isIdentifier(name))
    return call.refuse("mil_value_rename", "'" + llvm::Twine(name) + "' is not an identifier of MIL");
  Function *function = renamed.block() ? renamed.block()->function() : nullptr;
  if (!function)
    return call.refuse("mil_value_rename", "the operation of the value was erased");
  NameScope &names = namesOf(*function, call.context());
  if (names.contains(name))
    return call.refuse("mil_value_rename", "another value of the function is named '" + llvm::Twine(name) + "'");
  if (!applyOverlays(call.opened(), call.diags())) // texts about features refer to them by name
    return call.end(failure());
  names.add(call.shared().intern(name));
  renameValue(*call.opened().model, renamed, call.shared().intern(name));
  call.edited(function->program());
  return MIL_OK;
}

mil_status mil_value_replace_uses(mil_value *value, mil_value *by) {
  Call call(value);
  if (!call || !by || &milc::programOf(*unwrap(by)) != &milc::programOf(*unwrap(value)))
    return call.refuse("mil_value_replace_uses", foreignValues);
  if (by == value)
    return MIL_OK;
  unwrap(value)->replaceAllUsesWith(unwrap(by));
  call.edited(milc::programOf(*unwrap(value)));
  return MIL_OK;
}

} // extern "C"
