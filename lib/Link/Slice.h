// Slices: some operations of a function as a function of their own.
#pragma once

#include "CrossingValues.h"
#include "FunctionBody.h"
#include "mil/IR/Model.h"

namespace mil {

struct Slice {
  std::vector<Operation *> ops; ///< steps, and the constants behind them, in the function's order
  std::vector<Value *> inputs;  ///< inputs of the function that they read
  std::vector<Value *> states;
  std::vector<Crossing> entries; ///< what they read of other steps
  std::vector<Value *> results;  ///< outputs of the function
  std::vector<Crossing> exits;   ///< what others read of them

  /// Completes a slice of which steps, results and exits are known (and constants that it is to have in any case): adds what the steps
  /// read, from the function's inputs, from other steps (whose results must have a passage) and of constants.
  void close(const FunctionBody &body, CrossingValues &crossings);
};

/// Makes a function of a slice: inputs, entries and states come in, results and exits go out. FlexibleShapeInformation, which is about the
/// inputs of the whole, stays behind: descriptions say the same.
Function *cloneSlice(const Function &whole, const Slice &slice, Program &into, Name name);
/// Its description, without a name: features of the whole where it has them, others by their types.
FunctionDescription describeSlice(const Slice &slice, const Function &made, const FunctionDescription *whole);

} // namespace mil
