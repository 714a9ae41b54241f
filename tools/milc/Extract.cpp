// milc extract: extracts functions of a model, or the subgraph that computes given values, into a new model.
#include "mil/Link/Extract.h"
#include "OutputCheck.h"
#include "Table.h"
#include "mil/Package/Info.h"
#include "mil/Support/Printable.h"

using namespace mil;

/// The pairs of functions of the model and of the result whose outputs --check compares.
static std::vector<milc::CheckedFunction> checkedFunctions(const Model &model, const Model &extracted, const ExtractOptions &options) {
  std::vector<milc::CheckedFunction> functions;
  bool isSlice = !options.inputs.empty() || !options.outputs.empty();
  if (extracted.program && extracted.program->functions().size() > 1)
    for (const Function *function : extracted.program->functions())
      functions.push_back({&model, function->name().str().str(), function->name().str().str()});
  else
    functions.push_back({&model, options.functions.empty() ? "" : options.functions.front(), "", isSlice});
  return functions;
}

int milc::runExtract(int argc, char **argv) {
  CommandLine line(
      "extract",
      "Extract functions into a new model whose weight file only contains the weights that they use. A single function becomes a "
      "plain model with the function main; several functions keep their names.\n"
      "With --outputs, extract the operations of a function that compute these values, starting from its inputs or from --inputs.",
      "  milc extract both.mlpackage --function decode -o decode.mlpackage\n"
      "  milc extract all.mlpackage --function base,french --default french -o two.mlpackage\n"
      "  milc extract model.mlpackage --outputs embedding -o encoder.mlpackage\n"
      "  milc extract detector.mlpackage --model 0 -o backbone.mlpackage\n"
      "  milc extract model.mil --inputs h_4 --outputs h_8 -o -");
  InputOptions input;
  OutputOptions output;
  ExtractOptions options;
  input.addTo(line.app);
  addNames(line.app, "--function", options.functions, "Extract these functions (default: the default function)");
  line.app.add_option("--default", options.defaultFunction, "Make this function the default")->type_name("NAME");
  addNames(line.app, "--inputs", options.inputs, "Start at these values or operations, which become inputs");
  addNames(line.app, "--outputs", options.outputs,
           "End at these values or operations, which become outputs (default: the outputs of the function)");
  output.addTo(line.app);
  OutputCheck check;
  check.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (auto status = check.refuse(line, output.path))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  Result<OpenedModel> opened = input.openIn(context, diags);
  if (!opened)
    return exitBadInput;
  // A model of a pipeline that isn't a program is written unchanged.
  bool asItIs = !opened->model->program && (!input.open.model.empty() || !splitModelPath(input.path).model.empty());
  Result<std::unique_ptr<Model>> extracted = asItIs ? std::move(opened->model) : extractModel(*opened, options, context, diags);
  if (!extracted)
    return exitBadInput;
  Result<SaveResult> saved = output.saveSharing(**extracted, &*opened, diags);
  if (!saved)
    return exitBadInput;
  if (isStandardOutput(output.path))
    return finish(diags);
  ModelInfo info = describeModel(**extracted);
  llvm::outs() << printable(output.path) << ": specification version " << info.specificationVersion << "\n";
  Table table({"function", "opset", "ops", "inputs", "outputs", "states"});
  for (const FunctionInfo &function : info.functions)
    table.add({function.name + (function.name == info.defaultFunction ? " (default)" : ""), function.opset,
               formatCount(function.operations), formatCount(function.inputs.size()), formatCount(function.outputs.size()),
               formatCount(function.states.size())});
  table.print(llvm::outs());
  llvm::outs() << "weights: " << formatBytes(saved->weightBytes) << "\n";
  if (check && opened->model && !check.run(output.path, checkedFunctions(*opened->model, **extracted, options), diags))
    return exitBadInput;
  return finish(diags);
}
