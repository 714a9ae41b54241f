// milc convert: one model from any form to another.
#include "CommandLine.h"

using namespace mil;

int milc::runConvert(int argc, char **argv) {
  CommandLine line(
      "convert",
      "Convert a model between packages, compiled models and MIL text. The form of the input is found by looking at it, that of "
      "the output from its extension; - is text on standard input or output. Text in a file has the model's description beside it "
      "(X.description.json: images, flexible shapes, metadata), which is read with it again and may be edited; there is a warning of "
      "whatever an output can't hold.",
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
  // Text on a stream comes without its weight files in any case.
  if (isStream(output.path))
    input.open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> model = input.openIn(context, diags);
  if (!model)
    return exitBadInput;
  // Texts that Xcode keeps beside the model go into its description where there is no package to hold those files.
  if (formOfPath(output.path) != Form::Package && !applyOverlays(*model, diags))
    return exitBadInput;
  output.save.progress = terminalProgress();
  if (!saveModel(*model->model, output.path, diags, output.save, &*model))
    return exitBadInput;
  return finish(diags);
}
