// milc verify: checks models for errors.
#include "CommandLine.h"

using namespace mil;

int milc::runVerify(int argc, char **argv) {
  CommandLine line("verify",
                   "Check models for errors: unreadable parts, values used before their definition, duplicate names, missing or invalid "
                   "weights, arguments and result types that don't match the definitions of operations, and descriptions that don't match "
                   "the program. Prints nothing if there are no errors.",
                   "  milc verify model.mlpackage\n"
                   "  milc verify --warnings-as-errors *.mil\n"
                   "  milc verify --weights build/weights - < model.mil");
  std::vector<std::string> inputs;
  OpenOptions open;
  bool strict = false, warningsAsErrors = false;
  line.app.add_option("IN", inputs, "Models: packages, .mlmodel files, .mlmodelc folders, MIL text, or -")->required()->type_name("");
  addInputOptions(line.app, open);
  addMissingWeightsOption(line.app, open);
  line.app.add_flag("--strict", strict, "Also report unknown operations (see milc ops) as errors, and read the masks of sparse weights");
  line.app.add_flag("--warnings-as-errors", warningsAsErrors, "Fail on warnings, too");
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  diags.setWarningsAsErrors(warningsAsErrors);
  bool valid = true;
  for (const std::string &input : inputs) {
    Context context; // one per model, so that its memory is freed with it
    Result<OpenedModel> model = openModel(input, context, diags, open);
    valid &= model && verifyOpened(*model, diags, strict);
  }
  int status = finish(diags);
  return valid ? status : exitBadInput;
}
