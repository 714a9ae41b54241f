// The functions that a merge selects, and their names in the result.
#pragma once

#include "mil/Link/Link.h"

namespace mil {

/// A selected function.
struct TakenFunction {
  size_t input = 0; ///< index into the inputs
  const Function *function = nullptr;
  const FunctionDescription *description = nullptr; ///< null if the input doesn't describe it
  std::string name;                                 ///< in the result
};

/// The selected functions of the inputs, in the order of the result, under their own names. Reports inputs without functions.
Result<std::vector<TakenFunction>> takeFunctions(llvm::ArrayRef<MergeInput> inputs, DiagnosticEngine &diags);

/// Sets the names in the result, by the rules of Link.h. Reports clashing and invalid names.
Status nameFunctions(llvm::MutableArrayRef<TakenFunction> taken, llvm::ArrayRef<MergeInput> inputs, DiagnosticEngine &diags);

} // namespace mil
