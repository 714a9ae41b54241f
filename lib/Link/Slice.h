// Slices: some operations of a function as a separate function.
#pragma once

#include "CrossingValues.h"
#include "FunctionBody.h"
#include "mil/IR/Model.h"

namespace mil {

/// The operations of a slice and its interface.
struct Slice {
  std::vector<Operation *> ops; ///< steps, and the constants that they use, in the order of the function
  std::vector<Value *> inputs;  ///< inputs of the function that the steps read
  std::vector<Value *> states;
  std::vector<Crossing> entries; ///< results of other steps that the steps read
  std::vector<Value *> results;  ///< outputs of the function
  std::vector<Crossing> exits;   ///< results of the steps that others read

  /// Completes a slice whose steps, results and exits are known, and possibly further constants: adds the inputs of the function, the
  /// results of other steps (which it must be possible to pass) and the constants that the steps read.
  void close(const FunctionBody &body, CrossingValues &crossings);
};

/// Creates the function of a slice: its inputs are `inputs`, `entries` and `states`, its outputs `results` and `exits`. The attribute
/// FlexibleShapeInformation isn't copied, because it is about the inputs of the whole function and repeats the description.
Function *cloneSlice(const Function &whole, const Slice &slice, Program &into, Name name);
/// The description of the function, without a name: features of the whole function if they exist, else derived from the types.
FunctionDescription describeSlice(const Slice &slice, const Function &made, const FunctionDescription *whole);

} // namespace mil
