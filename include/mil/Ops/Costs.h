// What a program costs to run, by the shapes of its values alone.
//
//   FunctionCosts costs = costsOf(*program.function("main"));
//   costs.flops, costs.bytes, costs.peakBytes
//   for (const FunctionCosts::Step &step : costs.steps)   // one an operation
//     …
//
// FLOPs: a multiplication and an addition count two. Of products of matrices, convolutions, attention and recurrent networks exactly, without
// bias; of pools one for each element of a window, of bilinear interpolation eight an element of the result; of normalisations, reductions,
// activations and other elementwise operations one an element; of what moves elements, none.
//
// Bytes moved: every argument read once and every result written once, in their declared types. Of what chooses elements (gather, slices) as
// much is read as is written; reshape and its kin, which give the same elements another shape, move nothing. A compressed weight is read as it
// is stored, by each operation that takes it. Caches and fusion save some of that, and repeated reading adds to it: it is what must be moved
// when operations run one by one.
//
// Peak of live activations: the most bytes of values that are alive at a time, inputs and outputs of the function included, constants and
// states not, when operations run in the program's order and a value is dropped after its last use. Values that share their elements count
// once. The blocks of loops count as one iteration, of cond the larger one counts for the peak, and both for FLOPs and bytes.
#pragma once

#include "mil/Ops/Args.h"

namespace mil {

struct OperationCost {
  double flops = 0, bytes = 0;
  bool isKnown = true; ///< false when a shape isn't: the figures are then 0
};

/// What one run of an operation costs, without its nested blocks; nothing for constants, compressed ones too, and for operations that the
/// catalogue doesn't have.
OperationCost costOf(const Operation &op);
/// Of a call whose result types are there (`Args::setResultTypes`).
OperationCost costOf(const Args &call);

/// Whether an operation gives the elements of its argument `x` in another shape, unchanged: the result takes no memory of its own.
bool isView(const Operation &op);

struct FunctionCosts {
  struct Step {
    const Operation *op;
    OperationCost cost;
  };
  std::vector<Step> steps; ///< in the program's order, nested ones behind the operation that holds them; constants are left out
  double flops = 0, bytes = 0;
  uint64_t peakBytes = 0;
  const Operation *peakAt = nullptr; ///< the first operation at which that many bytes are alive
  size_t unknown = 0;                ///< operations whose shapes aren't known
};

/// Linear in the program's operations and operands, times the depth of nesting.
FunctionCosts costsOf(const Function &function);

} // namespace mil
