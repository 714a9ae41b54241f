// Queries about constants, for analyses of several libraries.
#pragma once

#include "mil/IR/Literal.h"
#include "mil/IR/Operation.h"

namespace mil {

/// Identifies the content of a constant without reading it: by the blob of a constant in a file, which several literals may share, else by
/// the literal. Null for a blob whose file was not found.
inline const void *contentOf(const Literal &literal) { return literal.isBlob() ? static_cast<const void *>(literal.blob()) : &literal; }

/// Whether an argument is the constant true: false where it is absent or computed.
inline bool isTrue(const Operation &op, llvm::StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal && literal->asBool() == true;
}

/// Whether all elements of a tensor in memory are 1.
inline bool isAllOnes(const Literal &literal) {
  if (!literal.isTensor())
    return false;
  for (uint64_t i = 0; i < literal.elementCount(); ++i)
    if (literal.elementAsDouble(i) != 1)
      return false;
  return true;
}

} // namespace mil
