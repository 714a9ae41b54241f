// The page as it was bundled while building (page/build.mjs).
#pragma once

#include "llvm/ADT/StringRef.h"

namespace mil {

/// The whole HTML file with a mark where its data goes; empty when milc was built without Node.js.
llvm::StringRef embeddedPage();

} // namespace mil
