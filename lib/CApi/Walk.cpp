// Walking programs: functions, blocks, operations, values, without changing them.
#include "Handles.h"
#include "mil/Ops/Elements.h"
#include "mil/Text/Printer.h"

using namespace mil;
using namespace milc;

static const Program *programOf(const mil_model *model) {
  return model && model->state->opened.model ? model->state->opened.model->program.get() : nullptr;
}

static mil_operation_info infoOf(const Operation &op, mil_context &context) {
  Value *first = op.resultCount() ? op.result(0) : nullptr;
  llvm::StringRef name = op.opName();
  if (name.empty() && first)
    name = first->name().str();
  return {wrap(&op),        borrow(op.type().str()), borrow(name), wrap(first), first ? context.lasting(wrap(first->type())) : nullptr,
          op.resultCount(), op.blocks().size()};
}

extern "C" {

// ---- Functions --------------------------------------------------------------

size_t mil_model_function_count(const mil_model *model) {
  Call call(model);
  const Program *program = programOf(model);
  return program ? program->functions().size() : 0;
}
mil_function *mil_model_function(const mil_model *model, size_t index) {
  Call call(model);
  const Program *program = programOf(model);
  return program && index < program->functions().size() ? wrap(program->functions()[index]) : nullptr;
}
mil_function *mil_model_function_named(const mil_model *model, const char *name) {
  Call call(model);
  const Program *program = programOf(model);
  return program && name ? wrap(program->function(name)) : nullptr;
}
mil_string mil_function_name(const mil_function *function) {
  Call call(function);
  return borrow(function ? unwrap(function)->name().str() : llvm::StringRef());
}
mil_string mil_function_opset(const mil_function *function) {
  Call call(function);
  if (!function)
    return borrow("");
  llvm::StringRef known = textName(unwrap(function)->opset());
  return borrow(known.empty() ? unwrap(function)->opsetName().str() : known);
}
mil_block *mil_function_body(const mil_function *function) {
  Call call(function);
  return function ? wrap(&unwrap(function)->body()) : nullptr;
}

// ---- Blocks -----------------------------------------------------------------

size_t mil_block_input_count(const mil_block *block) {
  Call call(block);
  return block ? unwrap(block)->inputs().size() : 0;
}
mil_value *mil_block_input(const mil_block *block, size_t index) {
  Call call(block);
  return block && index < unwrap(block)->inputs().size() ? wrap(unwrap(block)->inputs()[index]) : nullptr;
}
size_t mil_block_output_count(const mil_block *block) {
  Call call(block);
  return block ? unwrap(block)->outputs().size() : 0;
}
mil_value *mil_block_output(const mil_block *block, size_t index) {
  Call call(block);
  return block && index < unwrap(block)->outputs().size() ? wrap(unwrap(block)->outputs()[index].value()) : nullptr;
}
size_t mil_block_operation_count(const mil_block *block) {
  Call call(block);
  return block ? unwrap(block)->size() : 0;
}
size_t mil_block_operations(const mil_block *block, mil_operation **out, size_t capacity) {
  Call call(block);
  size_t count = 0;
  if (block && out)
    for (Operation &op : *unwrap(block)) {
      if (count == capacity)
        break;
      out[count++] = wrap(&op);
    }
  return count;
}
size_t mil_block_describe(const mil_block *block, mil_operation_info *out, size_t capacity) {
  Call call(block);
  size_t count = 0;
  if (!block)
    return count;
  for (Operation &op : *unwrap(block)) {
    if (out && count < capacity)
      out[count] = infoOf(op, call.context());
    ++count;
  }
  return count;
}
mil_operation *mil_block_first(const mil_block *block) {
  Call call(block);
  return block && !unwrap(block)->empty() ? wrap(&unwrap(block)->front()) : nullptr;
}
mil_operation *mil_block_last(const mil_block *block) {
  Call call(block);
  return block && !unwrap(block)->empty() ? wrap(&unwrap(block)->back()) : nullptr;
}
mil_operation *mil_block_parent(const mil_block *block) {
  Call call(block);
  return block ? wrap(unwrap(block)->parentOp()) : nullptr;
}
mil_function *mil_block_function(const mil_block *block) {
  Call call(block);
  return block ? wrap(unwrap(block)->function()) : nullptr;
}

// ---- Operations -------------------------------------------------------------

mil_string mil_operation_type(const mil_operation *operation) {
  Call call(operation);
  return borrow(operation ? unwrap(operation)->type().str() : llvm::StringRef());
}
mil_string mil_operation_name(const mil_operation *operation) {
  Call call(operation);
  return borrow(operation ? unwrap(operation)->opName() : llvm::StringRef());
}
mil_block *mil_operation_block(const mil_operation *operation) {
  Call call(operation);
  return operation ? wrap(unwrap(operation)->block()) : nullptr;
}
mil_operation *mil_operation_next(const mil_operation *operation) {
  Call call(operation);
  if (!operation || !unwrap(operation)->block())
    return nullptr;
  auto next = std::next(unwrap(operation)->getIterator());
  return next == unwrap(operation)->block()->end() ? nullptr : wrap(&*next);
}
mil_operation *mil_operation_previous(const mil_operation *operation) {
  Call call(operation);
  if (!operation || !unwrap(operation)->block())
    return nullptr;
  auto here = unwrap(operation)->getIterator();
  return here == unwrap(operation)->block()->begin() ? nullptr : wrap(&*std::prev(here));
}
size_t mil_operation_result_count(const mil_operation *operation) {
  Call call(operation);
  return operation ? unwrap(operation)->resultCount() : 0;
}
mil_value *mil_operation_result(const mil_operation *operation, size_t index) {
  Call call(operation);
  return operation && index < unwrap(operation)->resultCount() ? wrap(unwrap(operation)->result(index)) : nullptr;
}

static const Argument *argument(const mil_operation *operation, size_t index) {
  return operation && index < unwrap(operation)->arguments().size() ? &unwrap(operation)->arguments()[index] : nullptr;
}
static const Operand *binding(const mil_operation *operation, size_t index, size_t binding) {
  const Argument *found = argument(operation, index);
  return found && binding < found->count ? &found->operands[binding] : nullptr;
}
size_t mil_operation_argument_count(const mil_operation *operation) {
  Call call(operation);
  return operation ? unwrap(operation)->arguments().size() : 0;
}
mil_string mil_operation_argument_name(const mil_operation *operation, size_t index) {
  Call call(operation);
  const Argument *found = argument(operation, index);
  return borrow(found ? found->name.str() : llvm::StringRef());
}
int64_t mil_operation_find_argument(const mil_operation *operation, const char *name) {
  Call call(operation);
  const Argument *found = operation && name ? unwrap(operation)->argument(name) : nullptr;
  return found ? found - unwrap(operation)->arguments().data() : -1;
}
size_t mil_operation_binding_count(const mil_operation *operation, size_t index) {
  Call call(operation);
  const Argument *found = argument(operation, index);
  return found ? found->count : 0;
}
mil_value *mil_operation_binding_value(const mil_operation *operation, size_t index, size_t which) {
  Call call(operation);
  const Operand *found = binding(operation, index, which);
  return found ? wrap(found->value()) : nullptr;
}
const mil_literal *mil_operation_binding_literal(const mil_operation *operation, size_t index, size_t which) {
  Call call(operation);
  const Operand *found = binding(operation, index, which);
  return found ? call.context().lasting(wrap(found->literal())) : nullptr;
}

static const Attribute *attribute(const mil_operation *operation, size_t index) {
  return operation && index < unwrap(operation)->attributes().size() ? &unwrap(operation)->attributes()[index] : nullptr;
}
size_t mil_operation_attribute_count(const mil_operation *operation) {
  Call call(operation);
  return operation ? unwrap(operation)->attributes().size() : 0;
}
mil_string mil_operation_attribute_name(const mil_operation *operation, size_t index) {
  Call call(operation);
  const Attribute *found = attribute(operation, index);
  return borrow(found ? found->name.str() : llvm::StringRef());
}
const mil_literal *mil_operation_attribute_value(const mil_operation *operation, size_t index) {
  Call call(operation);
  const Attribute *found = attribute(operation, index);
  return found ? call.context().lasting(wrap(found->value)) : nullptr;
}
const mil_literal *mil_operation_attribute(const mil_operation *operation, const char *name) {
  Call call(operation);
  return operation && name ? call.context().lasting(wrap(unwrap(operation)->attribute(name))) : nullptr;
}
size_t mil_operation_block_count(const mil_operation *operation) {
  Call call(operation);
  return operation ? unwrap(operation)->blocks().size() : 0;
}
mil_block *mil_operation_nested(const mil_operation *operation, size_t index) {
  Call call(operation);
  return operation && index < unwrap(operation)->blocks().size() ? wrap(unwrap(operation)->blocks()[index]) : nullptr;
}
mil_text *mil_operation_text(const mil_operation *operation, uint64_t elide_above) {
  Call call(operation);
  std::string text;
  llvm::raw_string_ostream out(text);
  PrintOptions options;
  options.elideAbove = elide_above;
  if (operation)
    printOperation(*unwrap(operation), out, options);
  return newText(std::move(text));
}

// ---- Values -----------------------------------------------------------------

mil_string mil_value_name(const mil_value *value) {
  Call call(value);
  return borrow(value ? unwrap(value)->name().str() : llvm::StringRef());
}
const mil_type *mil_value_type(const mil_value *value) {
  Call call(value);
  return value ? call.context().lasting(wrap(unwrap(value)->type())) : nullptr;
}
mil_operation *mil_value_operation(const mil_value *value) {
  Call call(value);
  return value ? wrap(unwrap(value)->definingOp()) : nullptr;
}
mil_block *mil_value_input_of(const mil_value *value) {
  Call call(value);
  return value ? wrap(unwrap(value)->inputOf()) : nullptr;
}
size_t mil_value_index(const mil_value *value) {
  Call call(value);
  return value ? unwrap(value)->index() : 0;
}
size_t mil_value_use_count(const mil_value *value) {
  Call call(value);
  return value ? unwrap(value)->useCount() : 0;
}
size_t mil_value_users(const mil_value *value, mil_operation **out, size_t capacity) {
  Call call(value);
  size_t count = 0;
  if (value)
    for (Operand &use : unwrap(value)->uses())
      if (Operation *user = use.user()) {
        if (out && count < capacity)
          out[count] = wrap(user);
        ++count;
      }
  return count;
}
bool mil_value_is_output(const mil_value *value) {
  Call call(value);
  return value && unwrap(value)->isBlockOutput();
}
const mil_literal *mil_value_constant(const mil_value *value) {
  Call call(value);
  return value ? call.context().lasting(wrap(constantOf(unwrap(value)))) : nullptr;
}
mil_status mil_value_elements(const mil_value *value, uint64_t first, double *out, size_t count) {
  Call call(value);
  if (!call || (count && !out))
    return call.refuse("mil_value_elements", "out is NULL");
  std::unique_ptr<ElementReader> elements = elementsOf(*unwrap(value));
  if (!elements)
    return call.refuse("mil_value_elements", "the value is not a numeric constant, or its weight file is missing");
  uint64_t all = uint64_t(elements->count());
  if (first > all || count > all - first)
    return call.refuse("mil_value_elements", "the range extends beyond the elements of the constant");
  for (size_t done = 0; done != count;) {
    size_t now = std::min<size_t>(count - done, size_t(1) << 20);
    if (!goOn(call.diags()) || !elements->read(int64_t(first + done), {out + done, now}, call.diags()))
      return call.end(failure());
    done += now;
  }
  return MIL_OK;
}

} // extern "C"
