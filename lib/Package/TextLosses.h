// Detects parts of a model that MIL text and coremldata.bin can't represent.
#pragma once

#include "mil/IR/Model.h"
#include <string>

namespace mil {

/// A list of these parts with counts ("2 doc strings, 1 unknown field"); empty if there are none.
std::string textLosses(const Model &model);

/// Whether values or constants have types that only a message can represent, as bytes, because text has no names for them.
bool hasUnnamedTypes(const Model &model);

} // namespace mil
