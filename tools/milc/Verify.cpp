// milc verify: reads models and checks what must hold of them.
#include "mil/Verify/Verify.h"
#include "CommandLine.h"

using namespace mil;

int milc::runVerify(int argc, char **argv) {
  CommandLine line("verify",
                   "Check models: that they can be read as a whole, that values are defined before their use and of a type, that names are "
                   "unique, that weights are where the program says, that operations are called as their definitions want and give what "
                   "they say, and that the description of the model agrees with its program. Prints nothing when all is well.",
                   "  milc verify model.mlpackage\n"
                   "  milc verify --warnings-as-errors *.mil\n"
                   "  milc verify --weights build/weights - < model.mil");
  std::vector<std::string> inputs;
  OpenOptions open;
  VerifyOptions verify;
  bool warningsAsErrors = false;
  line.app.add_option("IN", inputs, "Models: packages, .mlmodel files, .mlmodelc folders, MIL text, or -")->required()->type_name("");
  addInputOptions(line.app, open);
  addMissingWeightsOption(line.app, open);
  line.app.add_flag("--strict", verify.strict,
                    "Refuse operations that are not known (see milc ops), too; and never take a model without its weight files");
  line.app.add_flag("--warnings-as-errors", warningsAsErrors, "Fail on warnings, too");
  if (auto status = line.parse(argc, argv))
    return *status;

  if (verify.strict)
    open.missingWeights = BlobResolver::Missing::Error;
  DiagnosticEngine diags(llvm::errs());
  diags.setWarningsAsErrors(warningsAsErrors);
  bool valid = true;
  for (const std::string &input : inputs) {
    Context context; // one a model: what one needs goes with it
    Result<OpenedModel> model = openModel(input, context, diags, open);
    verify.descriptionDerived = model && model->descriptionDerived;
    valid &= model && verifyModel(*model->model, diags, verify);
  }
  int status = finish(diags);
  return valid ? status : exitBadInput;
}
