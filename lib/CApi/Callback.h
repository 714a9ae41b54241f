// Calls functions of the caller.
#pragma once
#include "mil-c/core.h"

namespace milc {

/// Calls a progress callback and returns its result, or 1 if it throws.
int32_t callBack(mil_progress_callback callback, void *data, uint64_t done, uint64_t total);

} // namespace milc
