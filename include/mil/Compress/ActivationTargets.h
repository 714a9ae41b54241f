// ActivationTargets: selects the operations whose inputs and results are rounded, as coremltools' OpActivationLinearQuantizerConfig does.
#pragma once

#include "llvm/ADT/StringMap.h"
#include <cstdint>
#include <optional>

namespace mil {

/// The entry with the name of an operation, or of one of its results, has priority, then the entry with its type, then the global one. An
/// entry is a threshold: operations whose weight has at most this many elements are not changed. An entry without a number excludes its
/// operations.
struct ActivationTargets {
  std::optional<int64_t> global = 0;
  llvm::StringMap<std::optional<int64_t>> byType = {}, byName = {};
};

} // namespace mil
