#include "mil/Support/Suggestions.h"

namespace mil {

bool NearestName::consider(llvm::StringRef name) {
  unsigned distance = typed.edit_distance(name, true, limit);
  if (distance > limit || name.empty() || (!nearest.empty() && distance == limit))
    return false;
  nearest = name, limit = distance;
  return true;
}

llvm::StringRef nearestName(llvm::StringRef typed, llvm::ArrayRef<llvm::StringRef> names) {
  NearestName nearest(typed);
  for (llvm::StringRef name : names)
    nearest.consider(name);
  // Short names in a list are easily near by chance.
  bool isNear = typed.edit_distance(nearest.name()) <= typed.size() / 3;
  return isNear ? nearest.name() : "";
}

std::string suggestion(llvm::StringRef name) { return name.empty() ? "" : "; did you mean '" + name.str() + "'?"; }

} // namespace mil
