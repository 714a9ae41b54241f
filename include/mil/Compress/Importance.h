// The importance of the elements of weights, read from an .npz file with an array for each weight, by the name of its constant, with as
// many elements as the weight. One example is the sensitivity from training (the mean square of the loss gradient). Lookup tables then
// minimise the weighted error (S. Kim et al., "SqueezeLLM: dense-and-sparse quantization", ICML 2024).
#pragma once

#include "mil/Compress/WeightValues.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// The importance of elements by the name of their constant.
using Importance = llvm::StringMap<std::shared_ptr<const WeightValues>>;

/// Reads an .npz file. Fails (reported) if a number is negative or not finite.
Result<Importance> readImportance(llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
