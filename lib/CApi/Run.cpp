// Running: executables, states, results.
#include "Handles.h"
#include "mil/Run/CompareJson.h"
#include "llvm/ADT/StringSet.h"
#include <unistd.h>

using namespace mil;
using namespace milc;

struct mil_executable {
  mil_context *context;
  std::shared_ptr<ModelState> state;
  std::unique_ptr<ModelRunner> runner;
  uint64_t revision;
  /// The process that has its threads.
  pid_t process;

  ~mil_executable() {
    // Threads of another process can't be joined here: what waits for them is left to the end of this one.
    if (process != ::getpid())
      (void)runner.release();
  }
};

struct mil_states {
  mil_context *context;
  States held;
};

struct mil_results {
  mil_context *context;
  std::vector<std::pair<std::string, RuntimeValue>> values;
};

namespace {

constexpr const char *outdated = "the program was changed, or the process forked, since the executable was made";

bool isCurrent(const mil_executable &executable) {
  return executable.revision == executable.state->revision() && executable.process == ::getpid();
}

llvm::ArrayRef<RunPort> portsOf(const mil_executable *executable, mil_port port) {
  if (!executable)
    return {};
  switch (port) {
  case MIL_PORT_INPUT:
    return executable->runner->inputs();
  case MIL_PORT_OUTPUT:
    return executable->runner->outputs();
  case MIL_PORT_STATE:
    return executable->runner->states();
  }
  return {};
}

/// A tensor over the caller's memory; nullopt, with what is wrong, for a description that contradicts itself.
std::optional<Tensor> tensorFrom(const mil_tensor &given, const char *&why) {
  DType dtype = dtypeFromProto(int(given.dtype));
  why = "values in memory can't have its element type";
  if (dtype == DType::Invalid || dtype == DType::String || bitWidth(dtype) < 8)
    return std::nullopt;
  why = "its dims are NULL, negative or too large";
  if (given.rank && !given.dims)
    return std::nullopt;
  uint64_t bytes = bitWidth(dtype) / 8;
  for (size_t i = 0; i < given.rank; ++i)
    if (given.dims[i] < 0 || __builtin_mul_overflow(bytes, uint64_t(given.dims[i]), &bytes))
      return std::nullopt;
  why = "its size in bytes doesn't match its type and dims, or its data is NULL";
  if (bytes != given.size || (bytes && !given.data))
    return std::nullopt;
  const auto *data = static_cast<const uint8_t *>(given.data);
  why = "bools must be bytes of 0 or 1";
  if (dtype == DType::Bool && std::any_of(data, data + bytes, [](uint8_t byte) { return byte > 1; }))
    return std::nullopt;
  return Tensor::over(dtype, {given.dims, given.rank}, data, nullptr);
}

void describe(const Tensor &tensor, mil_tensor &out) {
  out = {mil_dtype(tensor.dtype()), tensor.dims().data(), tensor.rank(), tensor.bytes().data(), tensor.byteCount()};
}

/// A tensor in memory of others (the caller's, a mapped file, a state) is copied: the copy outlives the call, and may be written to.
void keep(Tensor &tensor) {
  if (!tensor.ownsMemory())
    (void)tensor.bytes();
}
void keep(RuntimeValue &value) {
  if (value.tensor())
    return keep(*value.tensor());
  if (!value.list())
    return;
  TensorList list = *value.list();
  for (std::optional<Tensor> &element : list.elements)
    if (element)
      keep(*element);
  value = std::move(list);
}

const RuntimeValue *valueOf(const mil_results *results, size_t index) {
  return index < mil_results_count(results) ? &results->values[index].second : nullptr;
}

const LabelScores *scoresOf(const mil_results *results, size_t index, size_t element = 0) {
  const RuntimeValue *value = valueOf(results, index);
  const LabelScores *scores = value ? value->scores() : nullptr;
  return scores && element < scores->entries.size() ? scores : nullptr;
}

/// The inputs of a run; nullopt when the call is wrong, which `status` is then.
std::optional<NamedValues> inputsFrom(const char *function, const mil_input *inputs, size_t count, Call &call, mil_status &status) {
  NamedValues values;
  for (size_t i = 0; i < count; ++i) {
    if (!inputs || !inputs[i].name) {
      status = call.refuse(function, "an input has no name");
      return std::nullopt;
    }
    const char *why = nullptr;
    std::optional<Tensor> tensor = tensorFrom(inputs[i].tensor, why);
    if (!tensor) {
      status = call.refuse(function, "input '" + llvm::Twine(inputs[i].name) + "': " + why);
      return std::nullopt;
    }
    if (!values.try_emplace(inputs[i].name, std::move(*tensor)).second) {
      status = call.refuse(function, "input '" + llvm::Twine(inputs[i].name) + "' is given twice");
      return std::nullopt;
    }
  }
  return values;
}

} // namespace

extern "C" {

// ---- Executables ------------------------------------------------------------

mil_status mil_executable_create(mil_model *model, const mil_run_options *given, mil_executable **out) {
  Call call(model);
  if (!call || !out)
    return call.refuse("mil_executable_create", "out is NULL");
  if (!call.isUsable("mil_executable_create") || !checkEdited(*call.opened().model, call.context()))
    return call.end(failure());
  mil_run_options options = optionsFrom(given);
  if (options.precision < MIL_PRECISION_DECLARED || options.precision > MIL_PRECISION_EXACT)
    return call.refuse("mil_executable_create", "the precision is not one of mil_precision");
  RunOptions run;
  run.precision = options.precision == MIL_PRECISION_EXACT  ? Precision::Exact
                  : options.precision == MIL_PRECISION_FP32 ? Precision::Fp32
                                                            : Precision::Declared;
  run.threads = options.threads;
  run.maxMemory = options.max_memory;
  run.seed = options.seed;
  run.cancelled = [context = &call.context()] { return context->poll(); };
  Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(*call.opened().model, orEmpty(options.function), call.diags(), run);
  if (!runner)
    return call.end(failure());
  call.context().retain();
  *out = new mil_executable{&call.context(), model->state, std::move(*runner), model->state->revision(), ::getpid()};
  return MIL_OK;
}

void mil_executable_close(mil_executable *executable) { closeObject(executable); }

int32_t mil_executable_is_current(const mil_executable *executable) {
  Call call(executable ? executable->context : nullptr);
  return executable && isCurrent(*executable);
}

size_t mil_executable_port_count(const mil_executable *executable, mil_port port) { return portsOf(executable, port).size(); }
mil_string mil_executable_port_name(const mil_executable *executable, mil_port port, size_t index) {
  llvm::ArrayRef<RunPort> ports = portsOf(executable, port);
  return borrow(index < ports.size() ? llvm::StringRef(ports[index].name) : llvm::StringRef());
}
const mil_type *mil_executable_port_type(const mil_executable *executable, mil_port port, size_t index) {
  llvm::ArrayRef<RunPort> ports = portsOf(executable, port);
  return index < ports.size() ? executable->context->lasting(wrap(ports[index].type)) : nullptr;
}

// ---- Running ----------------------------------------------------------------

mil_status mil_run(mil_executable *executable, const mil_input *inputs, size_t count, mil_states *states, mil_results **out) {
  Call call(executable ? executable->context : nullptr);
  if (!call || !out)
    return call.refuse("mil_run", "out is NULL");
  if (states && states->context != executable->context)
    return call.refuse("mil_run", "the states belong to another context");
  if (!isCurrent(*executable))
    return call.refuse("mil_run", outdated);
  mil_status status = MIL_OK;
  std::optional<NamedValues> values = inputsFrom("mil_run", inputs, count, call, status);
  if (!values)
    return status;
  States fresh;
  States &held = states ? states->held : fresh;
  Result<NamedValues> outputs = executable->runner->run(*values, held, call.diags());
  for (auto &[name, tensor] : held)
    if (!tensor.isInMemory())
      (void)tensor.bytes();
  if (!outputs)
    return call.end(failure());
  call.context().retain();
  auto *results = new mil_results{&call.context(), {}};
  for (const RunPort &port : executable->runner->outputs())
    if (auto found = outputs->find(port.name); found != outputs->end()) {
      keep(found->second);
      results->values.emplace_back(port.name, std::move(found->second));
    }
  *out = results;
  return MIL_OK;
}

mil_status mil_compare(mil_executable *a, mil_executable *b, const mil_input *inputs, size_t count, const mil_compare_options *given,
                       mil_text **out) {
  Call call(a ? a->context : nullptr);
  if (!call || !b || b->context != a->context || !out)
    return call.refuse("mil_compare", "the executables must belong to one context, and out must not be NULL");
  if (!isCurrent(*a) || !isCurrent(*b))
    return call.refuse("mil_compare", outdated);
  mil_compare_options options = optionsFrom(given);
  if (!(options.absolute >= 0) || !(options.relative >= 0) || !(options.psnr >= 0))
    return call.refuse("mil_compare", "a tolerance is negative or NaN");
  Tolerance tolerance;
  if (options.absolute != 0 || options.relative != 0)
    tolerance.absolute = options.absolute, tolerance.relative = options.relative;
  if (options.psnr != 0)
    tolerance.psnr = options.psnr;
  mil_status status = MIL_OK;
  std::optional<NamedValues> values = inputsFrom("mil_compare", inputs, count, call, status);
  if (!values)
    return status;
  Result<Comparison> comparison = compareRuns(*a->runner, *b->runner, *values, tolerance, call.diags());
  if (!comparison)
    return call.end(failure());
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(comparisonAsJson(*comparison));
  *out = newText(std::move(text));
  return MIL_OK;
}

// ---- Results ----------------------------------------------------------------

void mil_results_close(mil_results *results) { closeObject(results); } // their memory goes back to the executable's
size_t mil_results_count(const mil_results *results) { return results ? results->values.size() : 0; }
mil_string mil_results_name(const mil_results *results, size_t index) {
  return borrow(valueOf(results, index) ? llvm::StringRef(results->values[index].first) : llvm::StringRef());
}
mil_result_kind_t mil_results_kind(const mil_results *results, size_t index) {
  const RuntimeValue *value = valueOf(results, index);
  return !value || !*value  ? MIL_RESULT_NONE
         : value->tensor()  ? MIL_RESULT_TENSOR
         : value->list()    ? MIL_RESULT_LIST
         : value->strings() ? MIL_RESULT_STRINGS
                            : MIL_RESULT_SCORES;
}
mil_status mil_results_tensor(const mil_results *results, size_t index, mil_tensor *out) {
  const RuntimeValue *value = valueOf(results, index);
  if (!out || !value || !value->tensor())
    return MIL_BAD_CALL;
  describe(*value->tensor(), *out);
  return MIL_OK;
}
size_t mil_results_length(const mil_results *results, size_t index) {
  const RuntimeValue *value = valueOf(results, index);
  if (!value)
    return 0;
  return value->list()      ? value->list()->elements.size()
         : value->strings() ? value->strings()->elements.size()
         : value->scores()  ? value->scores()->entries.size()
                            : 0;
}
mil_status mil_results_element(const mil_results *results, size_t index, size_t element, mil_tensor *out) {
  const RuntimeValue *value = valueOf(results, index);
  const TensorList *list = value ? value->list() : nullptr;
  if (!out || !list || element >= list->elements.size() || !list->elements[element])
    return MIL_BAD_CALL;
  describe(*list->elements[element], *out);
  return MIL_OK;
}
mil_string mil_results_string(const mil_results *results, size_t index, size_t element) {
  const RuntimeValue *value = valueOf(results, index);
  if (const StringTensor *strings = value ? value->strings() : nullptr)
    return borrow(element < strings->elements.size() ? llvm::StringRef(strings->elements[element]) : llvm::StringRef());
  const LabelScores *scores = scoresOf(results, index, element);
  const auto *label = scores ? std::get_if<std::string>(&scores->entries[element].first) : nullptr;
  return borrow(label ? llvm::StringRef(*label) : llvm::StringRef());
}
int64_t mil_results_label(const mil_results *results, size_t index, size_t element) {
  const LabelScores *scores = scoresOf(results, index, element);
  const auto *label = scores ? std::get_if<int64_t>(&scores->entries[element].first) : nullptr;
  return label ? *label : 0;
}
int32_t mil_results_labels_are_strings(const mil_results *results, size_t index) {
  const LabelScores *scores = scoresOf(results, index);
  return scores && std::holds_alternative<std::string>(scores->entries.front().first);
}
double mil_results_score(const mil_results *results, size_t index, size_t element) {
  const LabelScores *scores = scoresOf(results, index, element);
  return scores ? scores->entries[element].second : 0;
}

// ---- States -----------------------------------------------------------------

mil_status mil_states_create(mil_executable *executable, mil_states **out) {
  Call call(executable ? executable->context : nullptr);
  if (!call || !out)
    return call.refuse("mil_states_create", "out is NULL");
  call.context().retain();
  *out = new mil_states{&call.context(), executable->runner->newStates()};
  return MIL_OK;
}
void mil_states_close(mil_states *states) { closeObject(states); }
size_t mil_states_count(const mil_states *states) { return states ? states->held.size() : 0; }
mil_string mil_states_name(const mil_states *states, size_t index) {
  return borrow(index < mil_states_count(states) ? llvm::StringRef(std::next(states->held.begin(), ptrdiff_t(index))->first)
                                                 : llvm::StringRef());
}

mil_status mil_states_tensor(const mil_states *states, const char *name, mil_tensor *out) {
  Call call(states ? states->context : nullptr);
  auto found = call && name && out ? states->held.find(llvm::StringRef(name)) : States::const_iterator();
  if (!call || !name || !out)
    return call.refuse("mil_states_tensor", "name or out is NULL");
  if (found == states->held.end())
    return call.refuse("mil_states_tensor", "there is no state '" + llvm::Twine(name) + "'");
  describe(found->second, *out);
  return MIL_OK;
}

mil_status mil_states_write(mil_states *states, const char *name, const mil_tensor *tensor) {
  Call call(states ? states->context : nullptr);
  auto found = call && name && tensor ? states->held.find(llvm::StringRef(name)) : States::iterator();
  if (!call || !name || !tensor)
    return call.refuse("mil_states_write", "name or tensor is NULL");
  if (found == states->held.end())
    return call.refuse("mil_states_write", "there is no state '" + llvm::Twine(name) + "'");
  const char *why = nullptr;
  std::optional<Tensor> given = tensorFrom(*tensor, why);
  if (!given)
    return call.refuse("mil_states_write", "state '" + llvm::Twine(name) + "': " + why);
  Tensor &held = found->second;
  if (given->dtype() != held.dtype() || given->dims() != held.dims())
    return call.refuse("mil_states_write", "state '" + llvm::Twine(name) + "' has another element type or other sizes");
  (void)given->bytes(); // copied
  held = std::move(*given);
  return MIL_OK;
}

} // extern "C"
