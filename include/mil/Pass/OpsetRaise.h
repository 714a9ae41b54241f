// Raising the opset of a program, if the user allows it, for a pass that creates operations of iOS18.
#pragma once

#include "mil/IR/Model.h"
#include "mil/Pass/Pass.h"
#include "mil/Verify/Verify.h"

namespace mil {

/// An option for an opset that has states and scaled_dot_product_attention.
struct TargetOption : Option<std::string> {
  using Option::Option;
  bool parse(llvm::StringRef text) override { return opsetFromName(text) >= Opset::IOS18 && Option::parse(text); }
  llvm::StringRef kind() const override { return "an opset from ios18 on"; }
};

/// Raises the opset of all functions of a program on construction; coremltools requires one opset for all functions.
class OpsetRaise {
public:
  OpsetRaise(Program &program, Opset opset) : program(program), opset(opset) {
    for (Function *function : program.functions())
      if (function->opset() < opset) {
        before.emplace_back(function, function->opsetName());
        function->setOpsetName(program.context().intern(protoName(opset)));
      }
  }
  /// Whether the functions are valid in the new opset and keep their types. Linear.
  bool isLegal() const {
    DiagnosticEngine silent;
    return bool(verifyOperations(program, silent));
  }
  /// Restores the opsets.
  void undo() {
    for (auto [function, name] : before)
      function->setOpsetName(name);
  }
  /// Raises the specification version of the model (which may be null) to that of the opset.
  void keep(Model *model) const {
    if (model)
      model->specificationVersion = std::max(model->specificationVersion, specificationVersion(opset));
  }

private:
  Program &program;
  Opset opset;
  llvm::SmallVector<std::pair<Function *, Name>, 2> before;
};

} // namespace mil
