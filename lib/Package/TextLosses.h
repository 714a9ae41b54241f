// What a model has that MIL text and coremldata.bin can't carry.
#pragma once

#include "mil/IR/Model.h"
#include <string>

namespace mil {

/// A list with counts ("2 doc strings, 1 unknown field"), empty when text carries all.
std::string textLosses(const Model &model);

/// Whether values or constants are of types that only a message can hold, as bytes: text has no name for them.
bool hasUnnamedTypes(const Model &model);

} // namespace mil
