// "Did you mean …?": the nearest of the names that there are, for messages about a name that there isn't.
//
//     diags.report({}, diag::UnknownPass, typed, suggestion(nearestName(typed, names)));   // …; did you mean 'const_elimination'?
//
// A name is near when at most a third of the typed letters would have to be changed, added or removed. Cost: a comparison of the lengths'
// product for each name, cut off at that third.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace mil {

/// Looks at names one by one, where they aren't in a list.
class NearestName {
public:
  explicit NearestName(llvm::StringRef typed) : typed(typed), limit(unsigned(typed.size() + 1) / 3) {}
  /// Whether `name` is near, and nearer than all before it.
  bool consider(llvm::StringRef name);
  /// The nearest so far; "" for none. Refers to what `consider` was given.
  llvm::StringRef name() const { return nearest; }

private:
  llvm::StringRef typed, nearest;
  unsigned limit; ///< of changes that are few enough
};

/// Of `names`, the one that is nearest to `typed`; "" for none.
llvm::StringRef nearestName(llvm::StringRef typed, llvm::ArrayRef<llvm::StringRef> names);

/// "; did you mean 'x'?", or nothing for an empty name: for the end of a message.
std::string suggestion(llvm::StringRef name);

} // namespace mil
