// Contexts, calls, diagnostics, texts.
#include "Callback.h"
#include "Handles.h"
#include "mil/CApi/DiagnosticKinds.h"
#include "mil/Verify/Verify.h"
#include <sys/mman.h>
#include <sys/stat.h>

using namespace mil;
using namespace milc;

// ---- Contexts ---------------------------------------------------------------

void mil_context::close() {
  if (--users == 0)
    delete this;
}

void mil_context::release() {
  {
    std::lock_guard lock(mutex);
    --objects;
    forgetPrograms();
  }
  close();
}

void mil_context::forgetPrograms() {
  if (objects != 0 || hasLasting)
    return;
  takeDiagnostics(untaken); // they refer to files
  taken = 0;
  shared = std::make_unique<SharedByPrograms>(*this);
}

bool mil_context::poll() {
  if (!callback || stop)
    return stop;
  auto now = std::chrono::steady_clock::now();
  if (now - lastCall < std::chrono::milliseconds(100))
    return false;
  lastCall = now;
  return stop = callBack(callback, callbackData, done, total) != 0;
}

ProgressFn mil_context::progress() {
  if (!callback)
    return nullptr;
  return [this](uint64_t now, uint64_t all) { done = now, total = all; };
}

Mapping::Mapping(int descriptor, uint64_t size) {
  void *mapped = size ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0) : MAP_FAILED;
  if (mapped != MAP_FAILED)
    bytes = static_cast<const uint8_t *>(mapped), length = size;
}

Mapping::~Mapping() {
  if (bytes)
    ::munmap(const_cast<uint8_t *>(bytes), length);
}

mil_model::~mil_model() {
  {
    Call call(context);
    state.reset();
  }
  context->release();
}

ModelState::~ModelState() {
  if (!opened.model || !opened.model->program)
    return;
  const Program *program = opened.model->program.get();
  for (const Function *function : program->functions())
    context.shared->names.erase(function);
  context.shared->edited.erase(program);
}

// ---- Calls ------------------------------------------------------------------

Call::Call(mil_context *context) : context_(context) {
  if (!context)
    return;
  context->mutex.lock();
  context->stop = false;
  context->done = context->total = 0;
  if (context->callback)
    interrupt.emplace([context] { return context->poll(); });
}

Call::~Call() {
  interrupt.reset();
  if (context_)
    context_->mutex.unlock();
}

bool Call::isUsable(const char *function) {
  if (!state->broken)
    return true;
  diags().report({}, diag::ModelBroken).in(function);
  return false;
}

mil_status Call::refuse(const char *function, const llvm::Twine &why) {
  if (context_)
    diags().report({}, diag::BadCall, function, why.str());
  return MIL_BAD_CALL;
}

mil_status Call::end(Status status) {
  if (status)
    return MIL_OK;
  return context_->stop ? MIL_CANCELLED : MIL_BAD_INPUT;
}

void ModelState::addOpened(llvm::SmallVectorImpl<const OpenedModel *> &into) const {
  if (sources.empty())
    return into.push_back(&opened);
  for (const std::shared_ptr<ModelState> &source : sources)
    source->addOpened(into);
}

mil_model *milc::newModel(mil_context &context, std::unique_ptr<Model> model, std::vector<std::shared_ptr<ModelState>> sources) {
  auto state = std::make_shared<ModelState>(context);
  state->opened.model = std::move(model);
  state->opened.form = Form::Model; // not text: the rules for devices apply to it
  state->sources = std::move(sources);
  state->made = true;
  return new mil_model(&context, std::move(state));
}

Status milc::checkEdited(const Model &model, mil_context &context) {
  if (!model.program || !context.shared->edited.contains(model.program.get()))
    return success();
  if (!verifyStructure(*model.program, context.shared->diags))
    return failure();
  return verifyOperations(*model.program, context.shared->diags);
}

Status milc::ready(Call &call, const char *function) {
  if (!call.isUsable(function))
    return failure();
  return checkEdited(*call.opened().model, call.context());
}

mil_status milc::takeInputs(Call &call, const char *function, const mil_merge_input *inputs, size_t count, std::vector<MergeInput> &into,
                            std::vector<std::shared_ptr<ModelState>> &sources) {
  for (size_t i = 0; i < count; ++i) {
    mil_model *model = inputs[i].model;
    if (!model || model->context != &call.context())
      return call.refuse(function, "a model is NULL or belongs to another context");
    Call input(model);
    if (!ready(input, function))
      return call.end(failure());
    into.push_back({&model->state->opened, orEmpty(inputs[i].function), orEmpty(inputs[i].name)});
    sources.push_back(model->state);
  }
  return MIL_OK;
}

std::vector<std::string> milc::namesOf(const char *const *names, size_t count) {
  std::vector<std::string> list;
  for (size_t i = 0; names && i < count; ++i)
    list.push_back(orEmpty(names[i]));
  return list;
}

// ---- Diagnostics ------------------------------------------------------------

/// Adds a diagnostic and its notes. Recursive on notes, which have none themselves.
static void add(const Diagnostic &diagnostic, const DiagnosticEngine &engine, mil_diagnostics &into) {
  mil_diagnostics::Entry entry;
  entry.severity = diagnostic.severity == Severity::Error ? MIL_ERROR : diagnostic.severity == Severity::Warning ? MIL_WARNING : MIL_NOTE;
  Diagnostic alone = diagnostic;
  alone.notes.clear();
  llvm::raw_string_ostream out(entry.text);
  engine.print(alone, out);
  if (llvm::StringRef(entry.text).ends_with("\n"))
    entry.text.pop_back();
  entry.message = diagnostic.message;
  entry.slug = diagnostic.kind.slug().str();
  if (diagnostic.location.isKnown())
    entry.file = engine.sources().name(diagnostic.location.file()).str();
  if (diagnostic.location.hasOffset()) {
    SourceManager::LineColumn place = engine.sources().lineColumn(diagnostic.location);
    entry.line = place.line, entry.column = place.column;
  }
  into.entries.push_back(std::move(entry));
  for (const Diagnostic &note : diagnostic.notes)
    add(note, engine, into);
}

void mil_context::takeDiagnostics(mil_diagnostics &into) {
  if (&into != &untaken)
    into.entries.swap(untaken.entries);
  const std::vector<Diagnostic> &all = shared->diags.diagnostics();
  for (; taken != all.size(); ++taken)
    add(all[taken], shared->diags, into);
}

extern "C" {

mil_string mil_version(void) { return borrow(MILC_VERSION); }
int32_t mil_abi_version(void) { return 3; }

mil_context *mil_context_create(void) { return new mil_context; }
void mil_context_close(mil_context *context) {
  if (context)
    context->close();
}

mil_status mil_context_set_progress(mil_context *context, mil_progress_callback callback, void *data) {
  Call call(context);
  if (!call)
    return MIL_BAD_CALL;
  context->callback = callback;
  context->callbackData = data;
  return MIL_OK;
}

mil_diagnostics *mil_context_take_diagnostics(mil_context *context) {
  Call call(context);
  if (!call)
    return nullptr;
  auto *taken = new mil_diagnostics;
  context->takeDiagnostics(*taken);
  return taken;
}

void mil_diagnostics_close(mil_diagnostics *diagnostics) { delete diagnostics; }
size_t mil_diagnostics_count(const mil_diagnostics *diagnostics) { return diagnostics ? diagnostics->entries.size() : 0; }

static const mil_diagnostics::Entry *entry(const mil_diagnostics *diagnostics, size_t index) {
  return index < mil_diagnostics_count(diagnostics) ? &diagnostics->entries[index] : nullptr;
}
mil_severity mil_diagnostics_severity(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return found ? found->severity : MIL_NOTE;
}
mil_string mil_diagnostics_text(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return borrow(found ? found->text : llvm::StringRef());
}
mil_string mil_diagnostics_message(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return borrow(found ? found->message : llvm::StringRef());
}
mil_string mil_diagnostics_slug(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return borrow(found ? found->slug : llvm::StringRef());
}
mil_string mil_diagnostics_file(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return borrow(found ? found->file : llvm::StringRef());
}
uint64_t mil_diagnostics_line(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return found ? found->line : 0;
}
uint64_t mil_diagnostics_column(const mil_diagnostics *diagnostics, size_t index) {
  const auto *found = entry(diagnostics, index);
  return found ? found->column : 0;
}

mil_string mil_text_string(const mil_text *text) { return borrow(text ? text->text : llvm::StringRef()); }
void mil_text_close(mil_text *text) { delete text; }

} // extern "C"
