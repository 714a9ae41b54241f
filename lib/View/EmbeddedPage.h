// The page that was bundled at build time (page/build.mjs).
#pragma once

#include "llvm/ADT/StringRef.h"

namespace mil {

/// The whole HTML file with a placeholder for its data; empty if milc was built without Node.js.
llvm::StringRef embeddedPage();

} // namespace mil
