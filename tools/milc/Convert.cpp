// milc convert: converts a model from any form to another.
#include "CommandLine.h"
#include "DependencyFile.h"

using namespace mil;

int milc::runConvert(int argc, char **argv) {
  CommandLine line(
      "convert",
      "Convert a model between packages, compiled models and MIL text. The form of the input is detected from its content, that of the "
      "output from its extension; - is text on standard input or output. MIL text in a file comes with the model's description in "
      "X.description.json (images, flexible shapes, metadata), which can be edited and is read together with the text. Information that "
      "the output can't represent is reported as a warning.",
      "  milc convert model.mlpackage -o -\n"
      "  milc convert model.mlmodelc -o model.mlpackage\n"
      "  milc convert model.mil --weights build/weights -o model.mlpackage\n"
      "  cat model.mil | milc convert - -o model.mlpackage");
  InputOptions input;
  OutputOptions output;
  input.addTo(line.app);
  addMissingWeightsOption(line.app, input.open);
  output.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  // Text on a stream never has its weight files.
  if (isStream(output.path))
    input.open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> model = input.openIn(context, diags);
  if (!model)
    return exitBadInput;
  // Texts that Xcode keeps beside the model go into its description if the output isn't a package, which could contain those files.
  if (formOfPath(output.path) != Form::Package && !applyOverlays(*model, diags))
    return exitBadInput;
  output.save.progress = terminalProgress();
  CommandOutputs outputs;
  if (!saveModel(*model->model, output.path, diags, output.save, &*model) || !outputs.commit(diags))
    return exitBadInput;
  return finish(diags);
}
