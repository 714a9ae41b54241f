// "Did you mean …?": finds the existing name that is most similar to an unknown one, for error messages.
//
//     diags.report({}, diag::UnknownPass, typed, suggestion(nearestName(typed, names)));   // …; did you mean 'const_elimination'?
//
// A name is similar if at most a third of the typed letters have to be changed, added or removed. Cost per name: the product of the two
// lengths, cut off at that third.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace mil {

/// Finds the nearest name among names that are passed one by one.
class NearestName {
public:
  explicit NearestName(llvm::StringRef typed) : typed(typed), limit(unsigned(typed.size() + 1) / 3) {}
  /// Whether `name` is near, and nearer than all before it.
  bool consider(llvm::StringRef name);
  /// The nearest so far, or "". Refers to a string that was passed to `consider`.
  llvm::StringRef name() const { return nearest; }

private:
  llvm::StringRef typed, nearest;
  unsigned limit; ///< the largest number of changes of a similar name
};

/// The name that is most similar to `typed`; "" if none is similar enough.
llvm::StringRef nearestName(llvm::StringRef typed, llvm::ArrayRef<llvm::StringRef> names);

/// "; did you mean 'x'?", or nothing for an empty name: for the end of a message.
std::string suggestion(llvm::StringRef name);

} // namespace mil
