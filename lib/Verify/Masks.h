// The masks of sparse weights that are in a weight file: types are inferred without reading them (lib/Ops/Constexpr.cpp).
#pragma once

#include "mil/IR/Block.h"

namespace mil {

/// Whether the mask of a constexpr_* has as many ones as there are elements that it places. Reads it in windows. True for other operations,
/// and for masks that are computed or that can't be read, which is reported by what needs them.
bool checkMaskInFile(const Operation &op, DiagnosticEngine &diags);

} // namespace mil
