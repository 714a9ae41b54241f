// Paths below outputs under construction, for messages.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mil {

/// Where a file will be once the outputs that this process is writing have their names: temporary names in the path are replaced by those
/// of the outputs. Other paths stay as they are.
std::string finalPath(llvm::StringRef path);

} // namespace mil
