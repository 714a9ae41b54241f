// milc merge: merges models into one multifunction program.
#include "CommandLine.h"
#include "ModelSpecs.h"
#include "OutputCheck.h"
#include "Table.h"
#include "mil/Link/Unify.h"
#include "mil/Package/Info.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Support/JsonText.h"
#include "mil/Support/Printable.h"
#include <nlohmann/json.hpp>

using namespace mil;
using llvm::StringRef;

namespace {

void printTable(const MergedModel &merged, const SaveResult &saved, const std::vector<milc::ModelSpec> &specs, StringRef output) {
  const Model &model = *merged.model;
  llvm::outs() << printable(output) << ": " << merged.origins.size() << (merged.origins.size() == 1 ? " function" : " functions")
               << ", specification version " << model.specificationVersion << "\n";
  milc::Table table({"function", "opset", "ops", "from"});
  for (const MergedModel::Origin &origin : merged.origins) {
    const Function &function = *model.program->function(origin.name);
    StringRef mark = model.description->defaultFunctionName == origin.name ? " (default)" : "";
    table.add({origin.name + mark.str(), textName(function.opset()).str(), milc::formatCount(origin.operations),
               specs[origin.input].path.str() + ": " + origin.function});
  }
  table.print(llvm::outs());
  llvm::outs() << "weights: " << milc::formatBytes(merged.weightBytesBefore) << " before, " << milc::formatBytes(saved.weightBytes)
               << " after; " << milc::formatBytes(saved.referencedBytes - saved.weightBytes) << " shared\n";
}

/// The size of the weights, on disk and in memory: every loaded function has its own copy.
void printReport(const MergedModel &merged, const SaveResult &saved, StringRef output) {
  uint64_t sum = 0;
  milc::Table table({"loaded", "weights"});
  for (const FunctionInfo &function : describeModel(*merged.model).functions) {
    table.add({function.name, milc::formatBytes(function.weightBytes)});
    sum += function.weightBytes;
  }
  table.add({"all functions", milc::formatBytes(sum)});
  table.print(llvm::outs());
  llvm::outs() << "merging saves " << milc::formatBytes(merged.weightBytesBefore - std::min(merged.weightBytesBefore, saved.weightBytes))
               << " on disk; in memory, each loaded function has its own copy of its weights\n";
  if (canUnify(*merged.model->program))
    llvm::outs() << "the functions only differ in weights or sizes: 'milc unify " << printable(output)
                 << " -o one.mlpackage' combines them into one function, whose weights are loaded once\n";
}

void printJson(const MergedModel &merged, const SaveResult &saved, const std::vector<milc::ModelSpec> &specs, StringRef output) {
  const Model &model = *merged.model;
  nlohmann::ordered_json json = {{"output", output.str()},
                                 {"specificationVersion", model.specificationVersion},
                                 {"defaultFunction", model.description->defaultFunctionName}};
  for (const MergedModel::Origin &origin : merged.origins) {
    const Function &function = *model.program->function(origin.name);
    json["functions"].push_back({{"name", origin.name},
                                 {"opset", textName(function.opset()).str()},
                                 {"operations", origin.operations},
                                 {"input", specs[origin.input].path.str()},
                                 {"inputFunction", origin.function}});
  }
  json["weights"] = {{"bytesBefore", merged.weightBytesBefore},
                     {"bytesAfter", saved.weightBytes},
                     {"bytesShared", saved.referencedBytes - saved.weightBytes},
                     {"blobs", saved.blobs}};
  llvm::outs() << jsonText(json) << "\n";
}

struct MergeCommand {
  std::vector<std::string> inputs;
  OpenOptions open;
  milc::OutputOptions output;
  MergeOptions options;
  std::string target;
  bool json = false, report = false;
  milc::OutputCheck check;

  void addTo(CLI::App &app) {
    app.add_option("IN", inputs, "Models: packages, .mlmodelc folders, MIL text, or -; all functions of each, or FUNCTION")
        ->required()
        ->type_name("[NAME=]IN[:FUNCTION]");
    output.addTo(app, "merged.mlpackage");
    app.add_option("--default", options.defaultFunction, "Make the function with this new name the default (default: the first)")
        ->type_name("NAME");
    app.add_option("--metadata-from", options.metadataFrom,
                   "Take author, license, build information, ... from the input with this path or function, "
                   "instead of the first input that has them")
        ->type_name("NAME|IN");
    app.add_option("--target", target,
                   "Raise the opset of all functions to this one first (pass raise_opset), for tools that require one opset per model")
        ->type_name("OPSET");
    milc::addInputOptions(app, open);
    check.addTo(app);
    app.add_flag("--json", json, "Print a summary as JSON");
    app.add_flag("--report", report, "Print the size of the weights on disk and, for each function, in memory");
  }

  /// Refuses options that contradict each other.
  std::optional<int> refuse(milc::CommandLine &line) const {
    bool toStandardOutput = isStandardOutput(output.path);
    if (json && toStandardOutput)
      return line.refuse(*line.app.get_option("--json"), "the program is written to standard output");
    if (report && (json || toStandardOutput))
      return line.refuse(*line.app.get_option("--report"),
                         "extends the printed table of functions, so it can't be used with --json or -o -");
    return check.refuse(line, output.path);
  }

  void print(const MergedModel &merged, const SaveResult &saved, const std::vector<milc::ModelSpec> &specs) const {
    if (json)
      printJson(merged, saved, specs, output.path);
    else
      printTable(merged, saved, specs, output.path);
    if (report)
      printReport(merged, saved, output.path);
  }

  /// Whether each function of the output computes the same as its source; true if there is nothing to check.
  bool checkSaved(const MergedModel &merged, const std::vector<MergeInput> &sources, DiagnosticEngine &diags) const {
    std::vector<milc::CheckedFunction> functions;
    functions.reserve(merged.origins.size());
    for (const MergedModel::Origin &origin : merged.origins)
      functions.push_back({sources[origin.input].model->model.get(), origin.function, origin.name});
    return !check || check.run(output.path, functions, diags, !json);
  }
};

} // namespace

int milc::runMerge(int argc, char **argv) {
  CommandLine line(
      "merge",
      "Merge models into one multifunction model. Inputs may have different forms. Identical weights are stored once; every function "
      "keeps its opset and its operations.\n"
      "A function is named NAME if given. Otherwise it keeps its name, or is named after its file if two functions have the same name.",
      "  milc merge first.mlpackage second.mlpackage -o both.mlpackage\n"
      "  milc merge base=base.mlpackage french=lora_fr.mil german=lora_de.mil --default base -o all.mlpackage\n"
      "  milc merge encode=whisper.mlpackage:encoder decode=whisper.mlpackage:decoder -o whisper2.mlpackage\n"
      "  milc merge old.mlpackage new.mlpackage --target ios18 -o both.mlpackage\n"
      "  milc merge first.mil second.mil -o -");
  MergeCommand command;
  command.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (auto status = command.refuse(line))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  PassManager raise(allPasses(), {});
  if (!command.target.empty() && !raise.add({{"raise_opset", {{"target", command.target}}}}, diags))
    return exitUsage;
  OutputOptions &output = command.output;
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  SpecifiedModels models;
  if (!models.open(command.inputs, context, diags, command.open))
    return exitBadInput;
  if (!command.target.empty() && !models.forEachModel([&](Model &model) { return bool(raise.run(model, diags)); }))
    return exitBadInput;
  Result<MergedModel> merged = mergeModels(models.inputs, command.options, context, diags);
  if (!merged)
    return exitBadInput;
  Result<SaveResult> saved = output.saveSharing(*merged->model, merged->sources, diags);
  if (!saved)
    return exitBadInput;
  if (isStandardOutput(output.path))
    return finish(diags);
  command.print(*merged, *saved, models.specs);
  if (!command.checkSaved(*merged, models.inputs, diags))
    return exitBadInput;
  return finish(diags);
}
