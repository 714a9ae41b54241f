// Paths below outputs under construction, for messages.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mil {

/// The path that a file will have once the outputs that this process is writing have been renamed to their destinations: temporary names in
/// the path are replaced by the names of the outputs. Other paths are returned unchanged.
std::string finalPath(llvm::StringRef path);

} // namespace mil
