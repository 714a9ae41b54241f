// Questions about constants that analyses of several libraries ask.
#pragma once

#include "mil/IR/Literal.h"
#include "mil/IR/Operation.h"

namespace mil {

/// Identifies the content of a constant without reading it: the blob of one in a file, which several literals may share, else the literal.
/// Null for a blob whose file was not found.
inline const void *contentOf(const Literal &literal) { return literal.isBlob() ? static_cast<const void *>(literal.blob()) : &literal; }

/// Whether an argument is the constant true: false where it is absent or computed.
inline bool isTrue(const Operation &op, llvm::StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal && literal->asBool() == true;
}

} // namespace mil
