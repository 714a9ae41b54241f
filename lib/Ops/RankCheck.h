// A check that inference of several operations begins with.
#pragma once

#include "mil/Ops/Args.h"

namespace mil {

/// Whether an argument has the rank; reports an error otherwise.
inline bool checkRank(const Args &a, llvm::StringRef parameter, size_t rank) {
  if (a[parameter].rank() != rank)
    a.failRank(parameter, rank);
  return a[parameter].rank() == rank;
}

} // namespace mil
