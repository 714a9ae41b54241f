// milc bind: replaces inputs by constants.
#include "mil/Link/Bind.h"
#include "CommandLine.h"
#include "Table.h"
#include "mil/Support/Printable.h"

using namespace mil;

int milc::runBind(int argc, char **argv) {
  CommandLine line(
      "bind",
      "Replace inputs by constants read from a file, the inverse of 'milc unify'. Each array in the file replaces the input or state "
      "with the same name.",
      "  milc bind one.mlpackage --adapter adapters/french.npz -o french.mlpackage\n"
      "  milc bind one.mlpackage --adapter french.safetensors -o -");
  InputOptions input;
  std::string adapter;
  OutputOptions output;
  input.addTo(line.app);
  line.app.add_option("--adapter", adapter, "Read the values of inputs from FILE: .npz (written by numpy.savez) or .safetensors")
      ->required()
      ->type_name("FILE");
  output.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  Result<OpenedModel> opened = input.openIn(context, diags);
  if (!opened)
    return exitBadInput;
  Result<std::vector<NamedArray>> arrays = readAdapter(adapter, context, diags);
  if (!arrays || !bindModel(*opened, *arrays, diags))
    return exitBadInput;
  Result<SaveResult> saved = output.saveSharing(*opened->model, &*opened, diags);
  if (!saved)
    return exitBadInput;
  if (isStandardOutput(output.path))
    return finish(diags);
  llvm::outs() << printable(output.path) << ": " << formatCount(arrays->size()) << (arrays->size() == 1 ? " input" : " inputs")
               << " bound; weights: " << formatBytes(saved->weightBytes) << "\n";
  return finish(diags);
}
