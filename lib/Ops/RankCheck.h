// A check of ranks for the type rules of several operations.
#pragma once

#include "mil/Ops/Args.h"

namespace mil {

/// Whether an argument has this rank; reports an error otherwise.
inline bool checkRank(const Args &a, llvm::StringRef parameter, size_t rank) {
  if (a[parameter].rank() != rank)
    a.failRank(parameter, rank);
  return a[parameter].rank() == rank;
}

} // namespace mil
