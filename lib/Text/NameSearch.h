// Finds values that an undefined name may refer to.
#pragma once

#include "Scopes.h"
#include "mil/Support/Suggestions.h"

namespace mil::text {

struct NameSearch {
  Location same;                                             ///< the definition of a value with this name in the function, in scope or not
  llvm::StringRef similar() const { return nearest.name(); } ///< the most similar name; empty if there is none
  Location similarAt;

  /// Searches all values of the function. Linear.
  NameSearch(Name name, const Function &function);

private:
  void consider(const Value &value);
  Name name;
  NearestName nearest;
};

} // namespace mil::text
