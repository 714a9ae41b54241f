// Checks masks of sparse weights in weight files, because type inference doesn't read them (lib/Ops/Constexpr.cpp).
#pragma once

#include "mil/IR/Block.h"

namespace mil {

/// Whether the mask of a constexpr_* has as many ones as there are stored elements. Reads it in windows. True for other operations, for
/// computed masks, and for masks that can't be read, which is reported when they are needed.
bool checkMaskInFile(const Operation &op, DiagnosticEngine &diags);

} // namespace mil
