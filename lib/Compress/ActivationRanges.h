// ActivationRanges: the ranges of the values of a model, determined by running it.
#pragma once

#include "mil/Compress/Activations.h"

namespace mil {

/// The greatest magnitude to represent for each of the given values; 0 for a value that was never computed or only had zeros. Fails
/// (reported) if the model can't be run.
Result<llvm::DenseMap<const Value *, double>> activationRanges(llvm::ArrayRef<const Value *> values, llvm::ArrayRef<FunctionRun> runs,
                                                               const ActivationOptions &how, const Samples &samples,
                                                               DiagnosticEngine &diags);

} // namespace mil
