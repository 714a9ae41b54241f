// Finding the differences between two models.
//
//   Result<ModelDifference> difference = diffModels(before, after, diags);
//   if (difference && difference->empty())
//     …                                                  // the models are equal
//
// The comparison includes the model (specification version, metadata, build information), its functions by name, and for each pair of
// functions the interface, the operations and the constants. It ignores everything that has no effect: the order of functions, features,
// inputs, metadata and operations (except those on one state), the place and the names of constants, unused constants, and the attributes
// that the Core ML compiler adds (so a package and its compiled folder are equal).
//
// Operations are matched block by block:
//  1. by weights: operations of the same type with the same constants (by a fingerprint), if that is unique;
//  2. by name: the same type and name, and an operand or a user of the same name. If most of the operations that were matched by weights
//     have different names (converters renumber when something is inserted), step 3 comes first;
//  3. by structure: the same type and matched operands; or matched users; or the only user of a matched operation;
//  4. by name alone, then by position: the k-th operation of a type between two matched ones.
// The remaining operations were added or removed, or, if an operation of another type has the same name, replaced. Each step visits every
// operation a bounded number of times, so that the cost is nearly linear in the operations.
//
// Constants are equal if their types and bytes are. Constants of matched operations that differ are read in parallel in bounded windows,
// each pair once, to find how many elements differ and by how much, also for different element types.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The kind of a difference: only the second model has something, only the first has it, or both have it.
enum class Change : uint8_t { Added, Removed, Changed };

/// A text before and after; empty on the side on which it doesn't exist.
struct Difference {
  Change change = Change::Changed;
  std::string what; ///< "metadata author", "input x", "argument axis", …
  std::string before, after;
};

/// Two constants of matched operations.
struct ConstantDifference {
  std::string name;      ///< its name, of the model before if they differ
  std::string operation; ///< the first operation that uses it
  std::string argument;  ///< or attribute: "argument weight", "attribute lut"
  std::string typeBefore, typeAfter;
  uint64_t bytesBefore = 0, bytesAfter = 0;
  /// Whether elements were compared: both are numeric, have the same number of elements, and are available.
  bool compared = false;
  uint64_t elements = 0;
  uint64_t differing = 0;  ///< number of different elements; NaN equals NaN
  double largest = 0;      ///< largest absolute difference; infinite where one side is
  bool nanAppears = false; ///< some element is NaN on one side only
};

/// A difference of two matched operations, or an operation that only one model has.
struct OperationDifference {
  Change change = Change::Changed;
  std::string name; ///< of its first result, else its own; of the model before if they differ
  std::string type; ///< "linear"
  std::string text; ///< for added and removed operations: a short form of the call
  std::vector<Difference> details;
};

/// The differences of a function, or a function that only one model has.
struct FunctionDifference {
  Change change = Change::Changed; ///< Added and Removed only have a name and `operationCount`
  std::string name;
  size_t operationCount = 0;                   ///< without constants; of the model before if both have the function
  std::vector<Difference> interface;           ///< opset, features, attributes, order of operations on a state
  std::vector<OperationDifference> operations; ///< in program order, added ones at their new position
  std::vector<ConstantDifference> constants;
  /// The number of pairs of constants with equal types whose bytes aren't available.
  size_t uncompared = 0;
  bool empty() const { return change == Change::Changed && interface.empty() && operations.empty() && constants.empty(); }
};

struct StageDifference;

/// The differences of two models.
struct ModelDifference {
  std::vector<Difference> model;
  std::vector<FunctionDifference> functions; ///< functions that differ or have constants that weren't compared
  /// Models of a pipeline that differ.
  std::vector<StageDifference> stages;
  bool empty() const;
};

/// The differences of two models at the same place of a pipeline.
struct StageDifference {
  size_t number = 0; ///< from 0
  ModelDifference difference;
};

/// Options of diffModels.
struct DiffOptions {
  /// Ignore the names of operations and their results.
  bool ignoreNames = false;
};

/// Compares two models of one context. Fails (reported) if a weight file can't be read.
Result<ModelDifference> diffModels(const Model &before, const Model &after, DiagnosticEngine &diags, const DiffOptions &options = {});

} // namespace mil
