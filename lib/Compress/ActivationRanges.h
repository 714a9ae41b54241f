// ActivationRanges: how large the values of a model are, by running it.
#pragma once

#include "mil/Compress/Activations.h"

namespace mil {

/// The greatest magnitude to represent of each of some values; 0 for one that was never seen, or only as zeros. Failure is reported.
Result<llvm::DenseMap<const Value *, double>> activationRanges(llvm::ArrayRef<const Value *> values, llvm::ArrayRef<FunctionRun> runs,
                                                               const ActivationOptions &how, const Samples &samples,
                                                               DiagnosticEngine &diags);

} // namespace mil
