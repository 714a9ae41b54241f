// Calls of the caller's functions.
#pragma once
#include "mil-c/core.h"

namespace milc {

/// What a progress callback returns; 1 if it throws.
int32_t callBack(mil_progress_callback callback, void *data, uint64_t done, uint64_t total);

} // namespace milc
