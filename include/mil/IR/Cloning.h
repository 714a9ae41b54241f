// Cloning: copies of operations, blocks and functions, in the same program or into another one of the same Context.
//
//   ValueMap map;
//   builder.insert(cloneOperation(op, program, map));
#pragma once

#include "mil/IR/Program.h"

namespace mil {

/// Maps original values to their copies. Operands that are not in the map are kept (values of an outer scope).
using ValueMap = llvm::DenseMap<Value *, Value *>;

/// Copies an operation with its nested blocks; the copy is in no block. Results keep their names and are added to `map`.
Operation *cloneOperation(const Operation &op, Program &into, ValueMap &map);
/// Copies inputs, operations, outputs and attributes of `from` to the end of `into`.
void cloneBlock(const Block &from, Block &into, ValueMap &map);
/// Copies a function, with its attributes and specialisations, under a new name.
Function *cloneFunction(const Function &function, Program &into, Name name);

} // namespace mil
