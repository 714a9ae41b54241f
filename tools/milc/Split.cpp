// milc split: splits a model into parts that run one after the other.
#include "mil/Link/Split.h"
#include "DependencyFile.h"
#include "OutputCheck.h"
#include "Process.h"
#include "Table.h"
#include "mil/Support/Printable.h"

using namespace mil;

namespace {

/// The sources of the inputs of a part's function: "x; part_1: h".
std::string sources(const SplitPart::Function &function, llvm::ArrayRef<SplitPart> parts) {
  std::string text;
  std::optional<size_t> current;
  for (const SplitPart::Input &input : function.inputs) {
    bool isNew = text.empty() || input.from != current;
    text += text.empty() ? "" : isNew ? "; " : ", ";
    if (isNew && input.from)
      text += parts[*input.from].name + ": ";
    text += input.name;
    current = input.from;
  }
  return text;
}

void printTable(const SplitPlan &plan, const std::vector<SaveResult> &saved, llvm::StringRef folder) {
  llvm::outs() << printable(folder) << ": " << plan.parts().size() << (plan.parts().size() == 1 ? " part\n" : " parts\n");
  milc::Table table({"part", "function", "ops", "weights", "gives", "takes"});
  for (const auto &[part, result] : llvm::zip(plan.parts(), saved))
    for (const SplitPart::Function &function : part.functions) {
      std::string outputs;
      for (const SplitPart::Output &output : function.outputs)
        outputs += (outputs.empty() ? "" : ", ") + output.name;
      table.add({part.name, function.name, milc::formatCount(function.operations), milc::formatBytes(result.weightBytes), outputs,
                 sources(function, plan.parts())});
    }
  table.print(llvm::outs());
}

} // namespace

int milc::runSplit(int argc, char **argv) {
  CommandLine line(
      "split",
      "Split a model into parts that run one after the other. Writes the packages part_1.mlpackage, part_2.mlpackage, ... into a folder, "
      "each with the weights that it uses, and parts.json, which lists the output that each input comes from.\n"
      "A value that is used in a later part becomes an output of the part that computes it and an input of the part that uses it; bool "
      "and small integers are passed as int32. All operations on a state that is written stay in one part.",
      "  milc split model.mlpackage --parts 4 -o parts\n"
      "  milc split model.mlpackage --max-weight-bytes 1000000000 -o parts\n"
      "  milc split model.mlpackage --at h_4,h_8 -o parts");
  InputOptions input;
  std::string folder;
  SplitOptions options;
  SaveOptions save;
  input.addTo(line.app);
  line.app.add_option("-o,--output", folder, "Write the parts to this folder")->required()->type_name("DIR");
  line.app.add_flag("-f,--force", save.force, "Replace a folder written by milc split");
  CLI::Option_group &how = *line.app.add_option_group("Where to cut");
  how.add_option("--parts", options.parts, "Split into N parts with weights of similar size")
      ->type_name("N")
      ->check(CLI::Range(1u, 1000000u));
  how.add_option("--max-weight-bytes", options.maxWeightBytes, "Split into as few parts as possible with weight files of at most B bytes")
      ->type_name("B")
      ->check(CLI::Range(uint64_t(1), UINT64_MAX));
  addNames(how, "--at", options.at, "Cut after these values or operations");
  how.require_option(1);
  addNames(line.app, "--function", options.functions, "Only split these functions (default: all)");
  OutputCheck check;
  check.addTo(line.app);
  addDependencyOptions(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  if (!checkDependencyFile(folder, diags) || !checkPartsFolder(folder, diags, save))
    return exitBadInput;
  Context context;
  Result<OpenedModel> opened = input.openIn(context, diags);
  if (!opened)
    return exitBadInput;
  Result<SplitPlan> plan = planSplit(*opened, options, diags);
  if (!plan)
    return exitBadInput;
  save.progress = terminalProgress();
  CommandOutputs outputs;
  Result<std::vector<SaveResult>> saved = saveParts(*plan, *opened, folder, diags, save);
  if (!saved || !outputs.commit(diags))
    return exitBadInput;
  outputIsWritten();
  printTable(*plan, *saved, folder);
  std::vector<CheckedFunction> functions;
  for (const SplitPart::Function &function : plan->parts().front().functions)
    functions.push_back({opened->model.get(), function.name, function.name});
  if (check && !check.run(folder, functions, diags))
    return exitBadInput;
  return finish(diags);
}
