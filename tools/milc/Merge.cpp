// milc merge: several models into one multifunction program.
#include "CommandLine.h"
#include "Process.h"
#include "Table.h"
#include "mil/Link/Link.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include <nlohmann/json.hpp>

using namespace mil;
using llvm::StringRef;

namespace {

/// `[NAME=]INPUT[:FUNCTION]`, taken apart.
struct InputSpec {
  StringRef name, path, function;
};

/// The first way to read `text` whose path exists wins, so that paths may hold `=` and `:`; if none does, the one with all parts.
InputSpec parseInputSpec(StringRef text) {
  auto split = [](InputSpec spec) {
    auto [path, function] = spec.path.rsplit(':');
    return function.contains('/') ? spec : InputSpec{spec.name, path, function};
  };
  InputSpec whole{"", text, ""}, named = whole;
  if (auto [name, rest] = text.split('='); name.size() < text.size() && !name.contains('/'))
    named = {name, rest, ""};
  for (const InputSpec &spec : {whole, named, split(whole)})
    if (spec.path == "-" || llvm::sys::fs::exists(spec.path))
      return spec;
  return split(named);
}

void printTable(const MergedModel &merged, const SaveResult &saved, const std::vector<InputSpec> &specs, StringRef output) {
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

void printJson(const MergedModel &merged, const SaveResult &saved, const std::vector<InputSpec> &specs, StringRef output) {
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
  llvm::outs() << json.dump(2) << "\n";
}

} // namespace

int milc::runMerge(int argc, char **argv) {
  CommandLine line(
      "merge",
      "Merge models, in any mix of forms, into one multifunction program. Weights of equal bytes are stored once; every function "
      "keeps its opset and its operations.\n"
      "A function is called NAME, or as it was unless two were called the same; those are called after their files.",
      "  milc merge first.mlpackage second.mlpackage -o both.mlpackage\n"
      "  milc merge base=base.mlpackage french=lora_fr.mil german=lora_de.mil --default base -o all.mlpackage\n"
      "  milc merge encode=whisper.mlpackage:encoder decode=whisper.mlpackage:decoder -o whisper2.mlpackage\n"
      "  milc merge first.mil second.mil -o -");
  std::vector<std::string> inputs;
  OpenOptions open;
  OutputOptions output;
  MergeOptions options;
  bool json = false;
  line.app.add_option("IN", inputs, "Models: packages, .mlmodelc folders, MIL text, or -; all functions of each, or FUNCTION")
      ->required()
      ->type_name("[NAME=]IN[:FUNCTION]");
  output.addTo(line.app, "merged.mlpackage");
  line.app
      .add_option("--default", options.defaultFunction,
                  "The function that runs when none is asked for, by its new name (default: the first)")
      ->type_name("NAME");
  line.app
      .add_option("--metadata-from", options.metadataFrom,
                  "Take author, license, build information, ... from the input with this path or function, "
                  "instead of the first that has them")
      ->type_name("NAME|IN");
  addInputOptions(line.app, open);
  CLI::Option *jsonFlag = line.app.add_flag("--json", json, "Print what was done as JSON");
  if (auto status = line.parse(argc, argv))
    return *status;
  if (json && isStandardOutput(output.path))
    return line.refuse(*jsonFlag, "standard output has the program already");

  DiagnosticEngine diags(llvm::errs());
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  std::vector<InputSpec> specs;
  std::vector<MergeInput> merge;
  llvm::StringMap<OpenedModel> opened; // each input once
  for (const std::string &input : inputs) {
    const InputSpec &spec = specs.emplace_back(parseInputSpec(input));
    auto [it, isNew] = opened.try_emplace(spec.path);
    if (isNew) {
      Result<OpenedModel> model = openModel(spec.path, context, diags, open);
      if (!model)
        return exitBadInput;
      it->second = std::move(*model);
    }
    merge.push_back({&it->second, spec.function.str(), spec.name.str()});
  }
  Result<MergedModel> merged = mergeModels(merge, options, context, diags);
  if (!merged)
    return exitBadInput;
  output.save.layout = SaveOptions::Layout::Share;
  output.save.progress = terminalProgress();
  Result<SaveResult> saved = saveModel(*merged->model, output.path, diags, output.save, merged->sources);
  if (!saved)
    return exitBadInput;
  if (isStandardOutput(output.path))
    return finish(diags);
  outputIsWritten();
  if (json)
    printJson(*merged, *saved, specs, output.path);
  else
    printTable(*merged, *saved, specs, output.path);
  return finish(diags);
}
