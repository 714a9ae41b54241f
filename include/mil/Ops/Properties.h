// Properties of operations that decide whether a rewrite may merge, move or remove them. They follow from the catalogue.
//
//   if (!op.hasUses() && isRemovable(op))
//     op.erase();
#pragma once

namespace mil {

class Operation;

/// Whether an operation, or one in its blocks, writes a state. Such operations are kept even if their results are unused.
bool writesState(const Operation &op);
/// Whether an operation may be removed if its results are unused: the catalogue has its type, and it writes no state.
bool isRemovable(const Operation &op);
/// Whether two calls with the same arguments give the same results, so that they can be merged and moved. False for operations with
/// effects (state reads, random numbers), with nested blocks, and for unknown operations.
bool isPure(const Operation &op);

} // namespace mil
