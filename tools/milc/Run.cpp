// milc run: runs a model and shows its outputs.
#include "Process.h"
#include "RunFlames.h"
#include "RunInputs.h"
#include "RunReport.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/OutputSet.h"
#include "mil/Support/Paths.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mil;

namespace {

struct Options {
  std::string input, function, state, saveState, output, flames;
  milc::InputChoice values;
  milc::RunSettings settings;
  milc::ReportOptions report;
  bool force = false;
  std::optional<std::vector<std::string>> watch;
  unsigned repeats = 0;
};

/// The states before the first step.
Result<States> statesOf(const ModelRunner &runner, const Options &options, DiagnosticEngine &diags) {
  States states = runner.newStates();
  if (options.state.empty())
    return states;
  finishInterrupted(options.state);
  Result<NamedArrays> given = milc::readNamedArrays(runner, options.state, diags);
  if (!given)
    return failure();
  for (auto &[name, tensor] : *given)
    states.insert_or_assign(name, std::move(tensor));
  return states;
}

/// Whether the values of each step are written to a file of their own in a folder.
bool isFolder(const Options &options) { return !options.output.empty() && !llvm::StringRef(options.output).ends_with_insensitive(".npz"); }

/// The file for the values of a step: the output itself, or a file per step in the folder.
std::string pathOf(const Options &options, size_t step) {
  return isFolder(options) ? options.output + (llvm::StringRef(options.output).ends_with("/") ? "" : "/") + std::to_string(step) + ".npz"
                           : options.output;
}

/// Reports an error if one output would replace another. A folder of steps may contain the others, but not under the name of a step's file.
bool checkDistinctOutputs(const Options &options, DiagnosticEngine &diags) {
  size_t step = 0;
  if (llvm::sys::path::stem(options.saveState).getAsInteger(10, step))
    step = 0;
  std::string values = pathOf(options, step);
  return bool(milc::checkDistinct({values, options.saveState, options.flames}, diags));
}

/// Checks, before the model is opened, whether the outputs can be written; reports the reason if they can't.
bool checkOutputs(const Options &options, DiagnosticEngine &diags) {
  if (!checkDistinctOutputs(options, diags))
    return false;
  llvm::StringRef folder = llvm::StringRef(options.output).rtrim('/');
  if (isFolder(options) && (folder.ends_with_insensitive(".npy") || folder.ends_with_insensitive(".safetensors"))) {
    diags.report({}, diag::BadInputText, options.output, "outputs are written to an .npz file or a folder");
    return false;
  }
  if (isFolder(options) && !llvm::sys::fs::exists(options.output)) {
    if (!checkOutputFolder(folder, options.force, diags))
      return false;
  } else if (!options.output.empty()) {
    for (size_t step = 0, steps = isFolder(options) ? options.values.steps() : 1; step < steps; ++step)
      if (!checkOutputFile(pathOf(options, step), options.force, diags))
        return false;
  }
  return llvm::all_of(llvm::ArrayRef{options.saveState, options.flames},
                      [&](const std::string &path) { return path.empty() || checkOutputFile(path, options.force, diags); });
}

/// Whether the outputs are outside of the models; reports an error otherwise.
bool refuseModels(const milc::Runnable &model, const Options &options, DiagnosticEngine &diags) {
  std::vector<const OpenedModel *> sources;
  sources.reserve(model.models.size());
  for (const OpenedModel &opened : model.models)
    sources.push_back(&opened);
  for (const std::string &path : {options.output, options.saveState, options.flames})
    if (!path.empty() && !refuseInputs(path == options.output ? pathOf(options, 0) : path, sources, diags))
      return false;
  return true;
}

/// The output files of a run, which appear together at the end.
class RunOutputs {
public:
  explicit RunOutputs(const Options &options) : options(options) {}

  bool writeStep(size_t step, const NamedValues &values, DiagnosticEngine &diags) {
    if (isFolder(options) && !folder && !llvm::sys::fs::exists(options.output)) {
      Result<std::unique_ptr<OutputFolder>> made = OutputFolder::create(options.output, false, diags);
      if (!made)
        return false;
      folder = std::move(*made);
    }
    std::string path = folder ? below(folder->path(), std::to_string(step) + ".npz") : pathOf(options, step);
    return bool(writeArrays(path, values, options.force, diags));
  }
  bool writeStates(States &states, DiagnosticEngine &diags) {
    NamedValues held;
    for (auto &[name, tensor] : states)
      held[name] = std::move(tensor);
    return bool(writeArrays(options.saveState, held, options.force, diags));
  }
  bool commit(DiagnosticEngine &diags) { return (!folder || folder->commit(diags)) && set.commit(diags); }

private:
  const Options &options;
  OutputSet set;
  std::unique_ptr<OutputFolder> folder; ///< if there was none
};

/// Reports an error if a value that is to be shown was not computed.
bool checkWatched(const Options &options, const ValueWatch &watch, DiagnosticEngine &diags) {
  for (const std::string &name : *options.watch)
    if (llvm::none_of(watch.seen(), [&](const ValueWatch::Seen &seen) { return seen.name == name; })) {
      diags.report({}, diag::BadInputText, "--watch=" + name, "the run computed no value of this name");
      return false;
    }
  return true;
}

/// Times the last step, which begins with these states.
bool measure(milc::RunReport &report, ModelRunner &runner, const NamedValues &inputs, const States &states, const Options &options,
             DiagnosticEngine &diags) {
  std::optional<milc::OperationTimes> times = report.time(runner, inputs, states, options.repeats, diags);
  if (!times || options.flames.empty())
    return bool(times);
  return milc::writeFlames(*times, options.repeats, options.flames, options.force, diags);
}

bool runSteps(ModelRunner &runner, Options &options, DiagnosticEngine &diags) {
  Result<States> states = statesOf(runner, options, diags);
  if (!states)
    return false;
  size_t steps = options.values.steps();
  milc::RunReport report(options.report, steps);
  RunOutputs files(options);
  for (size_t step = 0; step < steps; ++step) {
    Result<NamedValues> inputs = milc::inputsOf(runner, options.values, step, diags);
    if (!inputs)
      return false;
    std::optional<ValueWatch> watch;
    if (options.watch)
      watch.emplace(*options.watch, !options.output.empty());
    bool isTimed = options.repeats && step + 1 == steps;
    States before = isTimed ? *states : States();
    Result<NamedValues> outputs = runner.run(*inputs, *states, diags, watch ? &*watch : nullptr);
    if (!outputs) {
      if (steps > 1)
        llvm::errs() << "milc: step " << step << " of " << steps << " failed\n";
      milc::noteChosenSizes(runner, options.values, *inputs, diags);
      return false;
    }
    if (watch && !checkWatched(options, *watch, diags))
      return false;
    report.step(step, runner, *outputs, watch ? &*watch : nullptr);
    if (watch)
      for (const ValueWatch::Seen &seen : watch->seen())
        if (seen.value)
          outputs->try_emplace(seen.name, *seen.value);
    bool isWritten = !options.output.empty() && (isFolder(options) || step + 1 == steps);
    if (isWritten && !files.writeStep(step, *outputs, diags))
      return false;
    if (isTimed && !measure(report, runner, *inputs, before, options, diags))
      return false;
  }
  report.finish();
  return (options.saveState.empty() || files.writeStates(*states, diags)) && files.commit(diags);
}

} // namespace

int milc::runRun(int argc, char **argv) {
  CommandLine line(
      "run",
      "Run a model on inputs from files, literals or a random number generator. Prints type, shape, minimum, maximum, mean, and "
      "the number of NaN and infinities of each output, and the five best labels of a classifier. The model runs in milc's own "
      "interpreter with the element types that the program declares; devices may round differently (docs/run.md).",
      "  milc run model.mlpackage\n"
      "  milc run model.mlpackage --input x=x.npy --input mask=all.npz:mask --input alpha=0.5 -o out.npz\n"
      "  milc run classifier.mlpackage --input image=cat.jpg\n"
      "  milc run decoder.mlpackage --inputs 0.npz --inputs 1.npz --state before.npz --save-state after.npz -o steps/\n"
      "  milc run model.mlpackage --precision exact --watch -o values.npz\n"
      "  milc run model.mlmodelc --shape tokens=1x128 --seed 7 --time=20");
  Options options;
  line.app.add_option("IN", options.input, "Model: a package, .mlmodel, .mlmodelc, MIL text, or a folder written by milc split")
      ->required()
      ->type_name("");
  line.app.add_option("--function", options.function, "Run function F instead of the default function")->type_name("F");
  options.values.addTo(line.app, options.settings.run);
  options.settings.addTo(line.app);
  line.app.add_option("--state", options.state, "Read the states before the first step from an .npz file (default: zero)")
      ->type_name("FILE");
  line.app.add_option("--save-state", options.saveState, "Write the states after the last step to an .npz file")->type_name("FILE");
  line.app
      .add_option("-o,--output", options.output,
                  "Write the outputs of the last step to OUT.npz, or those of all steps to a folder, as 0.npz, 1.npz, …")
      ->type_name("OUT");
  line.app.add_flag("-f,--force", options.force, "Replace existing outputs");
  options.report.addTo(line.app);
  std::string watched;
  CLI::Option *watch = line.app.add_option("--watch", watched,
                                           "Print range, NaN, infinities and elements beyond fp16 of all intermediate values, or of those "
                                           "with the given names; with -o, write them, too");
  watch->type_name("[NAME,...]")->expected(0, 1)->default_str("all");
  CLI::Option *time =
      line.app.add_option("--time", options.repeats, "Repeat the last step N times (default: 10) and print the time of each operation");
  time->type_name("[N]")->expected(0, 1)->default_str("10")->check(CLI::Range(1, 1000000));
  line.app.add_option("--report", options.flames, "With --time, write a page with the time of each layer and operation to X.html")
      ->type_name("X.html")
      ->needs(time);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (watch->count()) {
    llvm::SmallVector<llvm::StringRef, 4> names;
    if (watched != "all" && !watched.empty())
      llvm::StringRef(watched).split(names, ',');
    options.watch.emplace(names.begin(), names.end());
  }
  if (time->count() && options.repeats == 0)
    options.repeats = 10;

  DiagnosticEngine diags(llvm::errs());
  if (!checkOutputs(options, diags))
    return exitBadInput;
  options.settings.run.runsOnce = options.values.steps() == 1 && options.repeats == 0;
  Context context;
  Result<Runnable> model = openRunnable(options.input, options.function, context, options.settings, diags);
  bool done = model && refuseModels(*model, options, diags) && runSteps(*model->runner, options, diags);
  if (done && !options.output.empty())
    outputIsWritten();
  int status = finish(diags);
  return done ? status : exitBadInput;
}
