// ActivationTargets: the inputs and results of which operations are rounded, as OpActivationLinearQuantizerConfig configures it.
#pragma once

#include "llvm/ADT/StringMap.h"
#include <cstdint>
#include <optional>

namespace mil {

/// For an operation the entry of its name counts, or of what it gives, then that of its type, then the one for all. An entry is a threshold:
/// operations with a weight of no more elements stay as they are. Without a number: all that it is for stay.
struct ActivationTargets {
  std::optional<int64_t> global = 0;
  llvm::StringMap<std::optional<int64_t>> byType = {}, byName = {};
};

} // namespace mil
