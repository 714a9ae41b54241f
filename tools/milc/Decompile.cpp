// milc decompile: converts a compiled model to a package.
#include "DependencyFile.h"
#include "OutputCheck.h"
#include "llvm/Support/Path.h"

using namespace mil;
using llvm::StringRef;

/// X.mlpackage, if the input is X.mlmodelc or X.mil.
static std::string packageOf(StringRef input) {
  return (input == "-" ? "model" : llvm::sys::path::stem(input.rtrim('/'))).str() + ".mlpackage";
}

int milc::runDecompile(int argc, char **argv) {
  CommandLine line(
      "decompile",
      "Convert a compiled model back to a package that can be edited, merged, optimized and compiled again. The package has the program, "
      "interface, metadata and weights of the compiled model. If only the text of the program is given, without its description, the "
      "interface is derived from the function signatures.",
      "  milc decompile Model.mlmodelc\n"
      "  milc decompile app/Model.mlmodelc -o model.mlpackage --force\n"
      "  milc decompile model.mil --weights build/weights -o model.mlpackage");
  InputOptions input;
  std::string output;
  SaveOptions save;
  input.addTo(line.app, "Compiled model: a .mlmodelc folder, or the text of its program, or -");
  addMissingWeightsOption(line.app, input.open);
  line.app.add_option("-o,--output", output, "Write X.mlpackage (default: the name of the input, in the current folder)")->type_name("OUT");
  line.app.add_flag("-f,--force", save.force, "Replace an existing output");
  OutputCheck check;
  check.addTo(line.app);
  addDependencyOptions(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (output.empty())
    output = packageOf(input.path);

  DiagnosticEngine diags(llvm::errs());
  if (!checkDependencyFile(output, diags) || !checkOutput(output, diags, save))
    return exitBadInput;
  Context context;
  Result<OpenedModel> model = input.openIn(context, diags);
  save.progress = terminalProgress();
  CommandOutputs outputs;
  if (!model || !decompileModel(*model, output, diags, save) || !outputs.commit(diags))
    return exitBadInput;
  std::vector<CheckedFunction> functions;
  if (model->model->program)
    for (const Function *function : model->model->program->functions())
      functions.push_back({model->model.get(), function->name().str().str(), function->name().str().str()});
  else
    functions.push_back({model->model.get(), "", ""}); // a pipeline
  if (check && !check.run(output, functions, diags))
    return exitBadInput;
  return finish(diags);
}
