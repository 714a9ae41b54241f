// What the commands do: merge, pipelines, extract, split, diff, compile, passes.
#include "Handles.h"
#include "mil/Diff/DiffJson.h"
#include "mil/Link/Extract.h"
#include "mil/Link/Link.h"
#include "mil/Link/Pipeline.h"
#include "mil/Link/Split.h"
#include "mil/Ops/Describe.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Passes/Documentation.h"
#include "mil/Text/Printer.h"

using namespace mil;
using namespace milc;

namespace {

/// How often passes run at most until nothing changes; as milc opt.
constexpr unsigned mostRounds = 10;

/// Drops what is known of the model's file: it is another one by now.
void forgetFile(mil_model &model) {
  mil_context &context = *model.context;
  const Model &edited = *model.state->opened.model;
  if (model.state->made || model.state->changes || (edited.program && context.shared->edited.contains(edited.program.get())))
    model.state->opened.modelFile.clear();
}

Result<PassList> passesFrom(const mil_pass_options &options, DiagnosticEngine &diags) {
  return options.passes ? parsePasses(options.passes, allPasses(), diags) : parsePipeline(orEmpty(options.pipeline), allPasses(), diags);
}

} // namespace

extern "C" {

// ---- Merging ----------------------------------------------------------------

mil_status mil_merge(mil_context *context, const mil_merge_input *inputs, size_t count, const mil_merge_options *given, mil_model **out) {
  Call call(context);
  if (!call || !inputs || !count || !out)
    return call.refuse("mil_merge", "there are no models, or out is NULL");
  std::vector<MergeInput> merge;
  std::vector<std::shared_ptr<ModelState>> sources;
  if (mil_status status = takeInputs(call, "mil_merge", inputs, count, merge, sources))
    return status;
  mil_merge_options options = optionsFrom(given);
  Result<MergedModel> merged =
      mergeModels(merge, {orEmpty(options.default_function), orEmpty(options.metadata_from)}, call.shared(), call.diags());
  if (!merged)
    return call.end(failure());
  *out = newModel(*context, std::move(merged->model), std::move(sources));
  return MIL_OK;
}

mil_status mil_make_pipeline(mil_context *context, mil_model *const *models, size_t count, mil_model **out) {
  Call call(context);
  if (!call || (count && !models) || !out)
    return call.refuse("mil_make_pipeline", "models or out is NULL");
  std::vector<mil_merge_input> inputs(count);
  for (size_t i = 0; i < count; ++i)
    inputs[i].model = models[i];
  std::vector<MergeInput> opened;
  std::vector<std::shared_ptr<ModelState>> sources;
  if (mil_status status = takeInputs(call, "mil_make_pipeline", inputs.data(), count, opened, sources))
    return status;
  std::vector<const OpenedModel *> stages;
  for (const MergeInput &each : opened) {
    if (!applyOverlays(*each.model, call.diags()))
      return call.end(failure());
    stages.push_back(each.model);
  }
  Result<std::unique_ptr<Model>> made = makePipeline(stages, call.shared(), call.diags());
  if (!made)
    return call.end(failure());
  *out = newModel(*context, std::move(*made), std::move(sources));
  return MIL_OK;
}

// ---- Taking apart -----------------------------------------------------------

mil_status mil_extract(mil_model *model, const mil_extract_options *given, mil_model **out) {
  Call call(model);
  if (!call || !out)
    return call.refuse("mil_extract", "out is NULL");
  if (!ready(call, "mil_extract"))
    return call.end(failure());
  mil_extract_options options = optionsFrom(given);
  ExtractOptions extract{namesOf(options.functions, options.function_count), orEmpty(options.default_function),
                         namesOf(options.inputs, options.input_count), namesOf(options.outputs, options.output_count)};
  Result<std::unique_ptr<Model>> extracted = extractModel(call.opened(), extract, call.shared(), call.diags());
  if (!extracted)
    return call.end(failure());
  *out = newModel(call.context(), std::move(*extracted), {model->state});
  return MIL_OK;
}

mil_status mil_split(mil_model *model, const char *folder, const mil_split_options *given) {
  Call call(model);
  if (!call || !folder)
    return call.refuse("mil_split", "folder is NULL");
  if (!ready(call, "mil_split"))
    return call.end(failure());
  mil_split_options options = optionsFrom(given);
  SplitOptions split{namesOf(options.at, options.at_count), options.parts, options.max_weight_bytes,
                     namesOf(options.functions, options.function_count)};
  if (!split.at.empty() + (split.parts != 0) + (split.maxWeightBytes != 0) != 1)
    return call.refuse("mil_split", "exactly one of at, parts and max_weight_bytes must be given");
  SaveOptions save;
  save.force = options.force;
  save.progress = call.context().progress();
  // Splitting drops the other items of a package, which the model still has afterwards.
  std::vector<OpenedModel::Extra> extras = call.opened().extras;
  Result<SplitPlan> plan = planSplit(call.opened(), split, call.diags());
  Status saved = plan && saveParts(*plan, call.opened(), folder, call.diags(), save) ? success() : failure();
  call.opened().extras = std::move(extras);
  return call.end(saved);
}

// ---- Comparing --------------------------------------------------------------

mil_status mil_diff(mil_model *before, mil_model *after, int32_t ignore_names, mil_text **out) {
  Call call(before), other(after);
  if (!call || !other || !out || before->context != after->context)
    return call.refuse("mil_diff", "the models must belong to one context, and out must not be NULL");
  if (!ready(call, "mil_diff") || !ready(other, "mil_diff") || !applyOverlays(call.opened(), call.diags()) ||
      !applyOverlays(other.opened(), call.diags()))
    return call.end(failure());
  DiffOptions options;
  options.ignoreNames = ignore_names != 0;
  Result<ModelDifference> difference = diffModels(*call.opened().model, *other.opened().model, call.diags(), options);
  if (!difference)
    return call.end(failure());
  std::string text;
  llvm::raw_string_ostream stream(text);
  diffAsJson(*difference, stream);
  *out = newText(std::move(text));
  return MIL_OK;
}

// ---- Compiling --------------------------------------------------------------

mil_status mil_compile(mil_model *model, const char *path, const mil_compile_options *given) {
  Call call(model);
  if (!call || !path || formOfPath(path) != Form::Compiled)
    return call.refuse("mil_compile", "the path must end in .mlmodelc");
  if (!ready(call, "mil_compile"))
    return call.end(failure());
  mil_compile_options options = optionsFrom(given);
  SaveOptions save;
  save.force = options.force;
  save.compile.bestEffort = options.best_effort;
  save.progress = call.context().progress();
  if (options.compiler_version) {
    save.compile.compilerVersion = options.compiler_version;
    save.compile.milVersion = options.mil_version ? options.mil_version : milVersionOf(options.compiler_version).str();
    if (save.compile.milVersion.empty())
      return call.refuse("mil_compile", "the version of the MIL component of " + llvm::Twine(options.compiler_version) +
                                            " is unknown; set mil_version, too");
  }
  forgetFile(*model);
  if (model->state->sources.empty())
    return call.end(compileModel(call.opened(), path, call.diags(), save));
  llvm::SmallVector<const OpenedModel *, 4> sources;
  model->state->addOpened(sources);
  save.layout = SaveOptions::Layout::Share;
  return call.end(saveModel(*call.opened().model, path, call.diags(), save, sources));
}

mil_status mil_decompile(mil_model *model, const char *path, int32_t force) {
  Call call(model);
  if (!call || !path)
    return call.refuse("mil_decompile", "path is NULL");
  if (!ready(call, "mil_decompile"))
    return call.end(failure());
  if (!model->state->sources.empty())
    return call.refuse("mil_decompile", "the model wasn't opened from a compiled model");
  SaveOptions save;
  save.force = force;
  save.progress = call.context().progress();
  return call.end(decompileModel(call.opened(), path, call.diags(), save));
}

// ---- Passes -----------------------------------------------------------------

mil_status mil_run_passes(mil_model *model, const mil_pass_options *given, int32_t *changed) {
  Call call(model);
  mil_pass_options options = optionsFrom(given);
  if (!call || (options.passes != nullptr) == (options.pipeline != nullptr))
    return call.refuse("mil_run_passes", "exactly one of passes and pipeline must be given");
  if (!ready(call, "mil_run_passes"))
    return call.end(failure());
  Result<PassList> list = passesFrom(options, call.diags());
  if (!list)
    return call.end(failure());
  if (options.target)
    list->insert(list->begin(), {"raise_opset", {{"target", options.target}}});
  PassInstrumentation watch;
  std::string unread;
  llvm::raw_string_ostream nowhere(unread);
  watch.out = &nowhere;
  watch.verifyEach = options.verify_each;
  PassManager manager(allPasses(), std::move(watch));
  manager.setRounds(options.converge ? mostRounds : 1);
  if (!manager.add(*list, call.diags()) || !verifyForPasses(*call.opened().model, call.diags()))
    return call.end(failure());
  call.shared().names.clear();
  Result<bool> ran = manager.run(*call.opened().model, call.diags());
  ++model->state->changes;
  model->state->broken = !ran;
  model->state->made |= ran && *ran;
  if (ran && changed)
    *changed = *ran;
  return call.end(ran);
}

// ---- Lists ------------------------------------------------------------------

mil_text *mil_list_passes(void) {
  std::string text;
  llvm::raw_string_ostream out(text);
  passesAsJson(allPasses(), out);
  return newText(std::move(text));
}

mil_text *mil_list_operations(void) {
  std::string text;
  llvm::raw_string_ostream out(text);
  opsAsJson(nullptr, out);
  return newText(std::move(text));
}

} // extern "C"
