// sanitize_input_output_names: inputs and outputs of functions have names that are identifiers.
//
//   func main(`x/0`) { `out/1` = relu(`x/0`) } -> (`out/1`)        =>   func main(x_0) { out_1 = relu(x_0) } -> (out_1)
//
// Characters that identifiers don't have become `_`, a digit in front gets `var_` before it, words of the language `_workaround` behind
// them; a name that is taken gets a number. The description of the model follows. A warning reports each new name, since programs that
// run the model use the old one.
//
// Source: coremltools' common::sanitize_input_output_names.
#include "mil/IR/Names.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Pass.h"

using namespace mil;

namespace {
struct SanitizeInputOutputNames : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    std::optional<NameScope> scope;
    uint64_t renamed = 0;
    auto sanitize = [&](Value *value, llvm::StringRef what) {
      if (!value || isIdentifier(value->name()))
        return;
      if (!scope)
        scope.emplace(function);
      std::string old = value->name().str().str();
      Name name = scope->fresh(sanitizedIdentifier(old));
      renameInterface(function, run.model, *value, name);
      run.diags.report(function.location(), diag::InterfaceRenamed, what, old, function.name().str(), name.str());
      ++renamed;
    };
    for (Value *input : function.inputs())
      sanitize(input, "input");
    for (Operand &output : function.outputs())
      sanitize(output.value(), "output");
    if (renamed)
      run.count("inputs and outputs renamed", renamed);
    return changedIf(renamed != 0);
  }
};
} // namespace

MIL_PASS(sanitize_input_output_names, SanitizeInputOutputNames, "Works on all functions, not only on `main`.")
