// Which functions a merge takes, and what they are called in the result.
#pragma once

#include "mil/Link/Link.h"

namespace mil {

/// A function on its way into the result.
struct TakenFunction {
  size_t input = 0; ///< index into the inputs
  const Function *function = nullptr;
  const FunctionDescription *description = nullptr; ///< null when the input doesn't describe it
  std::string name;                                 ///< in the result
};

/// The selected functions of the inputs, in the order of the result, under their own names. Reports inputs without any.
Result<std::vector<TakenFunction>> takeFunctions(llvm::ArrayRef<MergeInput> inputs, DiagnosticEngine &diags);

/// Gives each its name in the result, by the rules of Link.h. Reports names that clash or can't be.
Status nameFunctions(llvm::MutableArrayRef<TakenFunction> taken, llvm::ArrayRef<MergeInput> inputs, DiagnosticEngine &diags);

} // namespace mil
