// Looking for what an undefined name may have meant.
#pragma once

#include "Scopes.h"
#include "mil/Support/Suggestions.h"

namespace mil::text {

struct NameSearch {
  Location same;                                             ///< where a value of the name is defined in the function, in scope or not
  llvm::StringRef similar() const { return nearest.name(); } ///< the name most like it; empty when none is
  Location similarAt;

  /// Looks at every value of the function. Linear in it.
  NameSearch(Name name, const Function &function);

private:
  void consider(const Value &value);
  Name name;
  NearestName nearest;
};

} // namespace mil::text
