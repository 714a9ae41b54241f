// Building programs, on the frontend builder.
#include "Handles.h"
#include "mil/Build/FunctionBuilder.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace milc;

struct mil_function_builder {
  FunctionBuilder builder;
  ModelBuilder &model;
  mil_context &context;
  /// Of one that edits a function: what it is a builder of.
  std::unique_ptr<ModelBuilder> owned = nullptr;
};

struct mil_builder {
  mil_builder(mil_context *context, Opset opset) : context(context), model(*context->shared, opset) { context->retain(); }
  mil_context *context;
  ModelBuilder model;
  std::vector<std::unique_ptr<mil_function_builder>> functions;
  bool finished = false;
};

namespace {

/// The context of a builder for a call; null for a null builder.
mil_context *contextOfBuilder(const mil_function_builder *function) { return function ? &function->context : nullptr; }

/// The end of a building call: what the model's builder has refused becomes a diagnostic of the context.
mil_status end(Call &call, mil_function_builder &function) {
  if (function.owned)
    call.edited(function.builder.function().program());
  if (function.model.ok())
    return MIL_OK;
  function.model.report(call.diags());
  return MIL_BAD_INPUT;
}

bool isOf(const FunctionBuilder &builder, const mil_value *value) {
  return value && &milc::programOf(*unwrap(value)) == &builder.function().program();
}

/// What the builder takes for an argument; nullopt when it isn't one.
std::optional<Given> givenFrom(const FunctionBuilder &builder, const mil_argument &argument) {
  if (argument.count && !argument.data)
    return std::nullopt;
  switch (argument.kind) {
  case MIL_GIVEN_VALUES: {
    auto *values = static_cast<mil_value *const *>(argument.data);
    std::vector<Value *> list;
    for (size_t i = 0; i < argument.count; ++i) {
      if (!isOf(builder, values[i]))
        return std::nullopt;
      list.push_back(unwrap(values[i]));
    }
    if (list.empty())
      return std::nullopt;
    return list.size() == 1 ? Given(list.front()) : Given(list);
  }
  case MIL_GIVEN_LITERAL:
    if (!argument.data)
      return std::nullopt;
    return Given(unwrap(static_cast<const mil_literal *>(argument.data)));
  case MIL_GIVEN_STRING:
    return Given(llvm::StringRef(static_cast<const char *>(argument.data), argument.count));
  case MIL_GIVEN_INTEGERS:
  case MIL_GIVEN_NUMBERS: {
    std::vector<double> numbers(argument.count);
    bool whole = argument.kind == MIL_GIVEN_INTEGERS;
    for (size_t i = 0; i < argument.count; ++i)
      numbers[i] = whole ? double(static_cast<const int64_t *>(argument.data)[i]) : static_cast<const double *>(argument.data)[i];
    if (argument.scalar && argument.count != 1)
      return std::nullopt;
    return Given::numbers(std::move(numbers), argument.scalar != 0, whole);
  }
  case MIL_GIVEN_BOOLS: {
    const auto *bytes = static_cast<const uint8_t *>(argument.data);
    if (argument.scalar)
      return argument.count == 1 ? std::optional(Given(bytes[0] != 0)) : std::nullopt;
    return Given::bools(std::vector<bool>(bytes, bytes + argument.count));
  }
  default:
    return std::nullopt;
  }
}

void putResults(llvm::ArrayRef<Value *> values, mil_value **results, size_t capacity, size_t *count) {
  for (size_t i = 0; results && i < std::min(capacity, values.size()); ++i)
    results[i] = wrap(values[i]);
  if (count)
    *count = values.size();
}

/// Dimensions given by a caller; null data if one isn't a size.
bool areDims(const int64_t *dims, size_t rank) {
  return rank == 0 || (dims && llvm::all_of(llvm::ArrayRef(dims, rank), [](int64_t dim) { return dim >= Type::unknown; }));
}

/// Builds a nested block by a caller's callback; null values when it gives up.
class NestedBlock {
public:
  NestedBlock(mil_function_builder &outer, void *data) : outer(outer), data(data) {}
  llvm::SmallVector<Value *, 2> operator()(mil_build_block build, FunctionBuilder &builder, llvm::ArrayRef<Value *> inputs) {
    mil_function_builder inner{builder, outer.model, outer.context};
    llvm::SmallVector<mil_value *, 4> given;
    for (Value *input : inputs)
      given.push_back(wrap(input));
    constexpr size_t most = 256;
    std::vector<mil_value *> outputs(most);
    int64_t count = build(data, &inner, given.data(), given.size(), outputs.data(), most);
    if (count < 0 || size_t(count) > most ||
        !llvm::all_of(llvm::ArrayRef(outputs).take_front(size_t(std::max<int64_t>(count, 0))),
                      [&](mil_value *value) { return isOf(builder, value); })) {
      gaveUp = true;
      return {nullptr};
    }
    llvm::SmallVector<Value *, 2> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(unwrap(outputs[size_t(i)]));
    return values;
  }
  bool gaveUp = false;

private:
  mil_function_builder &outer;
  void *data;
};

} // namespace

extern "C" {

mil_status mil_builder_create(mil_context *context, const char *opset, mil_builder **out) {
  Call call(context);
  if (!call || !opset || !out)
    return call.refuse("mil_builder_create", "opset or out is NULL");
  Opset known = opsetFromName(opset);
  if (known == Opset::Unknown)
    return call.refuse("mil_builder_create", "'" + llvm::Twine(opset) + "' is not a known opset");
  *out = new mil_builder(context, known);
  return MIL_OK;
}

void mil_builder_close(mil_builder *builder) { closeObject(builder); }

mil_status mil_builder_function(mil_builder *builder, const char *name, mil_function_builder **out) {
  Call call(builder ? builder->context : nullptr);
  if (!call || !name || !out || builder->finished)
    return call.refuse("mil_builder_function", "name or out is NULL, or the builder is finished");
  builder->functions.push_back(
      std::make_unique<mil_function_builder>(mil_function_builder{builder->model.function(name), builder->model, *builder->context}));
  *out = builder->functions.back().get();
  return MIL_OK;
}

mil_status mil_builder_set_default(mil_builder *builder, const char *function) {
  Call call(builder ? builder->context : nullptr);
  if (!call || !function)
    return call.refuse("mil_builder_set_default", "function is NULL");
  builder->model.setDefaultFunction(function);
  return MIL_OK;
}

mil_status mil_builder_finish(mil_builder *builder, mil_model **out) {
  Call call(builder ? builder->context : nullptr);
  if (!call || !out || builder->finished)
    return call.refuse("mil_builder_finish", "out is NULL, or the builder is finished");
  Result<std::unique_ptr<Model>> model = builder->model.finish(call.diags());
  builder->finished = true;
  if (!model)
    return call.end(failure());
  *out = newModel(*builder->context, std::move(*model), {});
  return MIL_OK;
}

mil_status mil_build_input(mil_function_builder *function, const char *name, mil_dtype dtype, const int64_t *dims, size_t rank,
                           mil_value **out) {
  Call call(contextOfBuilder(function));
  DType element = dtypeFromProto(int(dtype));
  if (!call || !name || !out || element == DType::Invalid || !areDims(dims, rank))
    return call.refuse("mil_build_input", "name or out is NULL, the element type is unknown, or a dimension is neither a size nor -1");
  *out = wrap(function->builder.input(name, element, llvm::ArrayRef(dims, rank)));
  return end(call, *function);
}

mil_status mil_build_state(mil_function_builder *function, const char *name, mil_dtype dtype, const int64_t *dims, size_t rank,
                           mil_value **out) {
  Call call(contextOfBuilder(function));
  DType element = dtypeFromProto(int(dtype));
  if (!call || !name || !out || element == DType::Invalid || !areDims(dims, rank))
    return call.refuse("mil_build_state", "name or out is NULL, the element type is unknown, or a dimension is neither a size nor -1");
  *out = wrap(function->builder.state(name, element, llvm::ArrayRef(dims, rank)));
  return end(call, *function);
}

mil_status mil_build_output(mil_function_builder *function, mil_value *value, const char *name) {
  Call call(contextOfBuilder(function));
  if (!call || !isOf(function->builder, value))
    return call.refuse("mil_build_output", "the value is NULL or belongs to another program");
  function->builder.output(unwrap(value), orEmpty(name));
  return end(call, *function);
}

mil_status mil_build_constant(mil_function_builder *function, const char *name, const mil_literal *literal, mil_value **out) {
  Call call(contextOfBuilder(function));
  if (!call || !name || !literal || !out)
    return call.refuse("mil_build_constant", "name, literal or out is NULL");
  Value *made = function->builder.constant(name, unwrap(literal));
  if (made)
    *out = wrap(made);
  return end(call, *function);
}

mil_status mil_build_operation(mil_function_builder *function, const char *type, const mil_argument *arguments, size_t argument_count,
                               const char *name, mil_value **results, size_t capacity, size_t *count) {
  Call call(contextOfBuilder(function));
  if (!call || !type || (argument_count && !arguments))
    return call.refuse("mil_build_operation", "type or arguments is NULL");
  std::vector<GivenArgument> given;
  for (size_t i = 0; i < argument_count; ++i) {
    std::optional<Given> value = arguments[i].name ? givenFrom(function->builder, arguments[i]) : std::nullopt;
    if (!value)
      return call.refuse("mil_build_operation", llvm::Twine(type) + ": argument '" + orEmpty(arguments[i].name) +
                                                    "' has no name, no valid value, or values of another program");
    given.push_back({arguments[i].name, std::move(*value)});
  }
  llvm::SmallVector<Value *, 2> values = function->builder.results(type, given, orEmpty(name));
  mil_status status = end(call, *function);
  if (status == MIL_OK)
    putResults(values, results, capacity, count);
  return status;
}

mil_status mil_build_cond(mil_function_builder *function, mil_value *predicate, mil_build_block when_true, mil_build_block when_false,
                          void *data, const char *name, mil_value **results, size_t capacity, size_t *count) {
  Call call(contextOfBuilder(function));
  if (!call || !when_true || !when_false || !isOf(function->builder, predicate))
    return call.refuse("mil_build_cond", "a branch is NULL, or the predicate is NULL or belongs to another program");
  NestedBlock nested(*function, data);
  auto values = function->builder.cond(
      unwrap(predicate), [&](FunctionBuilder &inner) { return nested(when_true, inner, {}); },
      [&](FunctionBuilder &inner) { return nested(when_false, inner, {}); }, orEmpty(name));
  if (mil_status status = end(call, *function))
    return status;
  if (nested.gaveUp)
    return call.refuse("mil_build_cond", "a callback of a branch failed, or returned values of another program");
  putResults(values, results, capacity, count);
  return MIL_OK;
}

mil_status mil_build_while(mil_function_builder *function, mil_value *const *variables, size_t variable_count, mil_build_block condition,
                           mil_build_block body, void *data, const char *name, mil_value **results, size_t capacity, size_t *count) {
  Call call(contextOfBuilder(function));
  if (!call || !condition || !body || !variables || !variable_count)
    return call.refuse("mil_build_while", "condition, body or variables is NULL, or there are no variables");
  llvm::SmallVector<Value *, 4> given;
  for (size_t i = 0; i < variable_count; ++i) {
    if (!isOf(function->builder, variables[i]))
      return call.refuse("mil_build_while", "a variable is NULL or belongs to another program");
    given.push_back(unwrap(variables[i]));
  }
  NestedBlock nested(*function, data);
  auto values = function->builder.whileLoop(
      given,
      [&](FunctionBuilder &inner, llvm::ArrayRef<Value *> inputs) -> Value * {
        auto outputs = nested(condition, inner, inputs);
        return outputs.size() == 1 ? outputs.front() : nullptr;
      },
      [&](FunctionBuilder &inner, llvm::ArrayRef<Value *> inputs) { return nested(body, inner, inputs); }, orEmpty(name));
  if (mil_status status = end(call, *function))
    return status;
  if (nested.gaveUp || values.empty())
    return call.refuse("mil_build_while", "the callback of a block failed, or returned values that don't match the loop variables");
  putResults(values, results, capacity, count);
  return MIL_OK;
}

// ---- In a program that is there ---------------------------------------------

mil_status mil_edit_create(mil_model *model, mil_function *function, mil_operation *before, mil_function_builder **out) {
  Call call(model);
  if (!call || !function || !out || &unwrap(function)->program() != call.opened().model->program.get())
    return call.refuse("mil_edit_create", "function or out is NULL, or the function doesn't belong to the model");
  Function &edited = *unwrap(function);
  if (before && unwrap(before)->function() != &edited)
    return call.refuse("mil_edit_create", "the operation belongs to another function, or was erased");
  auto owned = std::make_unique<ModelBuilder>(call.shared(), edited.opset());
  FunctionBuilder builder = owned->edit(edited);
  if (before)
    builder.setInsertionPoint(unwrap(before));
  call.shared().names.erase(&edited);
  call.edited(edited.program());
  call.context().retain();
  ModelBuilder &named = *owned;
  *out = new mil_function_builder{builder, named, call.context(), std::move(owned)};
  return MIL_OK;
}

void mil_edit_close(mil_function_builder *function) {
  if (!function)
    return;
  mil_context &context = function->context;
  {
    Call call(&context);
    context.shared->names.clear();
    delete function;
  }
  context.release();
}

} // extern "C"
