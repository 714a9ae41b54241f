// The cost of running a program, computed from the shapes of its values.
//
//   FunctionCosts costs = costsOf(*program.function("main"));
//   costs.flops, costs.bytes, costs.peakBytes
//   for (const FunctionCosts::Step &step : costs.steps)   // one per operation
//     …
//
// FLOPs: a multiplication and an addition count as two. Matrix products, convolutions, attention and recurrent networks are counted
// exactly, without bias; pools count one per element of each window; bilinear interpolation eight per element of the result;
// normalisations, reductions, activations and other elementwise operations one per element; operations that only move elements zero.
//
// Bytes moved: every argument is read once and every result is written once, in their declared types. Operations that select elements
// (gather, slices) read as much as they write; reshape and similar operations, which only change the shape, move nothing. A compressed
// weight is read in its stored form, by each operation that uses it. Caches and fusion may reduce this, repeated reading may increase it:
// the figure assumes that operations run one by one.
//
// Peak of live activations: the largest number of bytes of values that are alive at the same time, if operations run in program order and
// a value is freed after its last use. Includes inputs and outputs of the function, but not constants and states. Values that share their
// elements count once. Blocks of loops count as one iteration; of cond the larger block counts for the peak, and both for FLOPs and bytes.
#pragma once

#include "mil/Ops/Args.h"

namespace mil {

/// The cost of one call of an operation.
struct OperationCost {
  double flops = 0, bytes = 0;
  bool isKnown = true; ///< false if a shape is unknown; the figures are 0 then
};

/// The cost of one run of an operation, without its nested blocks; zero for constants, including compressed ones, and for operations that
/// the catalogue doesn't have.
OperationCost costOf(const Operation &op);
/// The cost of a call whose result types are set (`Args::setResultTypes`).
OperationCost costOf(const Args &call);

/// Whether an operation only changes the shape of its argument `x`, so that the result takes no memory.
bool isView(const Operation &op);

/// The costs of a function and of its operations.
struct FunctionCosts {
  struct Step {
    const Operation *op;
    OperationCost cost;
  };
  std::vector<Step> steps; ///< in program order, nested operations after the one that contains them; without constants
  double flops = 0, bytes = 0;
  uint64_t peakBytes = 0;
  const Operation *peakAt = nullptr; ///< the first operation at which that many bytes are alive
  size_t unknown = 0;                ///< operations whose shapes aren't known
};

/// Linear in the program's operations and operands, times the depth of nesting.
FunctionCosts costsOf(const Function &function);

} // namespace mil
