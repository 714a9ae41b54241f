// ActivationTargets: the inputs and results of which operations are rounded, as OpActivationLinearQuantizerConfig configures it.
#pragma once

#include "llvm/ADT/StringMap.h"
#include <cstdint>
#include <optional>

namespace mil {

/// The entry with the name of an operation, or of a result of it, has priority, then the one with its type, then the one for all. An entry
/// is a threshold: operations with a weight of no more elements stay as they are. An entry without a number excludes its operations.
struct ActivationTargets {
  std::optional<int64_t> global = 0;
  llvm::StringMap<std::optional<int64_t>> byType = {}, byName = {};
};

} // namespace mil
