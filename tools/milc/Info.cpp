// milc info: summarizes a model.
#include "CommandLine.h"
#include "CostTable.h"
#include "Table.h"
#include "WeightTable.h"
#include "mil/Link/Unify.h"
#include "mil/Package/InfoJson.h"
#include "mil/Support/Printable.h"
#include "mil/View/Page.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mil;

namespace {

void printFeatures(llvm::StringRef heading, const std::vector<FeatureInfo> &features) {
  if (features.empty())
    return;
  llvm::outs() << "  " << heading << ":\n";
  milc::Table table;
  for (const FeatureInfo &feature : features)
    table.add({feature.name, feature.type, feature.feature + (feature.optional ? ", optional" : "")});
  table.print(llvm::outs(), 4);
}

void printFunction(const FunctionInfo &function, bool isDefault) {
  if (!function.name.empty())
    llvm::outs() << "\nfunction " << printable(function.name) << " <" << printable(function.opset) << ">"
                 << (isDefault ? ", the default" : "") << ": " << milc::formatCount(function.operations) << " operations, "
                 << milc::formatCount(function.parameters) << " parameters, " << milc::formatBytes(function.weightBytes) << " of weights\n";
  printFeatures("inputs", function.inputs);
  printFeatures("outputs", function.outputs);
  printFeatures("states", function.states);
  if (function.histogram.empty())
    return;
  auto counts = llvm::map_range(function.histogram, [](const auto &entry) { return entry.first + " " + std::to_string(entry.second); });
  llvm::outs() << "  operations: " << printable(llvm::join(counts, ", ")) << "\n";
}

void printInfo(const ModelInfo &info, llvm::StringRef title) {
  llvm::outs() << printable(title) << ": " << printable(info.kind) << ", specification version " << info.specificationVersion << "\n";
  for (const auto &[label, text] : info.texts())
    llvm::outs() << printable(label) << ": " << printable(text) << "\n";
  for (const FunctionInfo &function : info.functions)
    printFunction(function, function.name == info.defaultFunction);
  if (info.kind == "ML program")
    llvm::outs() << "\nweights: " << milc::formatBytes(info.weightBytes) << " in " << milc::formatCount(info.records)
                 << (info.records == 1 ? " record\n" : " records\n");
  for (const SharedWeights &shared : info.sharing)
    llvm::outs() << "  " << milc::formatBytes(shared.bytes) << " shared by " << printable(llvm::join(shared.functions, ", ")) << "\n";
  for (size_t i = 0; i < info.stages.size(); ++i) {
    std::string stage = title.str() + ", model " + std::to_string(i + 1);
    if (i < info.stageNames.size())
      stage += " (" + info.stageNames[i] + ")";
    llvm::outs() << "\n";
    printInfo(info.stages[i], stage);
  }
}

Status writeMap(const OpenedModel &model, llvm::StringRef input, llvm::StringRef path, bool force, DiagnosticEngine &diags) {
  if (!refuseInputs(path, {&model}, diags))
    return failure();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  ViewedModel viewed{model.model.get(), llvm::sys::path::filename(input.rtrim('/')).str()};
  PageOptions options;
  options.start = PageOptions::Start::Map;
  if (!file || !writePage(viewed, (*file)->stream(), diags, options))
    return failure();
  return (*file)->commit(diags);
}

} // namespace

int milc::runInfo(int argc, char **argv) {
  CommandLine line(
      "info",
      "Summarize a model: its functions with their opsets, inputs, outputs, states and operations, the number of parameters, the "
      "size of weights, and how many bytes of them functions share. Weight files may be missing, except for --weights.",
      "  milc info model.mlpackage\n"
      "  milc info model.mlmodelc --json | jq .weights.bytes\n"
      "  milc info model.mlpackage --weights --sort bytes --min-bytes 1000000\n"
      "  milc info model.mlpackage --costs --shape tokens=1x128\n"
      "  milc info model.mlpackage --html map.html\n"
      "  milc info - < model.mil");
  InputOptions input;
  std::string map;
  bool json = false, force = false;
  input.addTo(line.app, anyModel, "--weights-dir");
  CLI::Option *asJson = line.app.add_flag("--json", json, "Print JSON");
  CLI::Option *asMap = line.app.add_option("--html", map, "Write a page with a map of the size of weights by layer, as in milc view")
                           ->type_name("X.html")
                           ->excludes(asJson);
  line.app.add_flag("-f,--force", force, "Replace an existing page")->needs(asMap);
  WeightTable weights;
  weights.addTo(line.app);
  CostTable costs;
  costs.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  Context context;
  if (asMap->count() && !checkOutputFile(map, force, diags))
    return exitBadInput;
  input.open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> model = input.openIn(context, diags);
  if (!model)
    return exitBadInput;
  if (asMap->count())
    return writeMap(*model, input.path, map, force, diags) ? finish(diags) : exitBadInput;
  if (weights.wanted) {
    weights.print(*model->model, json);
    return finish(diags);
  }
  if (costs.wanted)
    return costs.print(*model->model, json, diags) ? finish(diags) : exitBadInput;
  ModelInfo info = describeModel(*model->model);
  if (json)
    infoAsJson(info, llvm::outs());
  else
    printInfo(info, input.path);
  if (!json && model->model->program && canUnify(*model->model->program))
    llvm::outs() << "  the functions only differ in weights or sizes: 'milc unify' can combine them into one\n";
  return finish(diags);
}
