// Importance: how much each element of a weight matters, from an .npz file with an array for each weight, by its constant's name, of as
// many elements as the weight has. Sensitivities that training gives (the mean square of the loss's gradient) are such numbers; tables of
// palettes are then those of the least weighted error (S. Kim et al., "SqueezeLLM: dense-and-sparse quantization", ICML 2024).
#pragma once

#include "mil/Compress/WeightValues.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

using Importance = llvm::StringMap<std::shared_ptr<const WeightValues>>;

/// Fails, reported, where a number is negative or not finite.
Result<Importance> readImportance(llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
