// What changed between two models, as people think of it.
//
// Compared are what the models say of themselves (specification version, metadata, build information), their functions by name, and of each
// pair of functions the interface, the operations and the constants. What means nothing is no difference: the order of functions, of
// features, of inputs, of metadata, of operations (but for those on one state), where constants lie and what they are called, constants
// that nothing reads, what the Core ML compiler notes in a program (so a package and its compiled folder are the same).
//
// Operations are matched block by block:
//  1. by weights: the same type of operation with the same constants (by a fingerprint of them), where that is unique;
//  2. by name: the same type and name, and an operand or a reader of the same name. If those that were matched by their weights mostly have
//     other names (a converter numbers anew when something is inserted), structure goes first;
//  3. by structure: the same type and matched operands; or matched readers; or the only reader of what is matched;
//  4. by name alone, then by position: the k-th operation of a type between two that are matched.
// What is left was added or removed, or, where a name stays with another type, replaced. Each step looks at every operation a bounded
// number of times, so that the cost is near linear in the operations.
//
// Constants are equal when their types and bytes are. Those of matched operations that differ are read side by side in bounded windows,
// each pair once: how many elements differ, by how much at most, also across element types.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

enum class Change : uint8_t { Added, Removed, Changed };

/// Something that has a text on both sides; empty where it isn't there.
struct Difference {
  Change change = Change::Changed;
  std::string what; ///< "metadata author", "input x", "argument axis", …
  std::string before, after;
};

/// Two constants of matched operations.
struct ConstantDifference {
  std::string name;      ///< what it is called; before, where that differs
  std::string operation; ///< the first operation that reads it
  std::string argument;  ///< or attribute: "argument weight", "attribute lut"
  std::string typeBefore, typeAfter;
  uint64_t bytesBefore = 0, bytesAfter = 0;
  /// Whether elements were compared: both are numbers, as many of them, and at hand.
  bool compared = false;
  uint64_t elements = 0;
  uint64_t differing = 0;  ///< elements of another value; equal NaNs don't count
  double largest = 0;      ///< largest absolute difference; infinite where one side is
  bool nanAppears = false; ///< some element is NaN on one side only
};

struct OperationDifference {
  Change change = Change::Changed;
  std::string name; ///< of its first result, else its own; before, where that differs
  std::string type; ///< "linear"
  std::string text; ///< of one that was added or removed: its call in short
  std::vector<Difference> details;
};

struct FunctionDifference {
  Change change = Change::Changed; ///< Added and Removed have nothing but a name and `operationCount`
  std::string name;
  size_t operationCount = 0;                   ///< constants not counted; before, of those in both
  std::vector<Difference> interface;           ///< opset, features, attributes, order of operations on a state
  std::vector<OperationDifference> operations; ///< in the order of the program, added ones where they are now
  std::vector<ConstantDifference> constants;
  /// Pairs of constants whose bytes aren't at hand, of equal types.
  size_t uncompared = 0;
  bool empty() const { return change == Change::Changed && interface.empty() && operations.empty() && constants.empty(); }
};

struct StageDifference;

struct ModelDifference {
  std::vector<Difference> model;
  std::vector<FunctionDifference> functions; ///< those that differ, and those with constants that weren't compared
  /// Models of a pipeline that differ.
  std::vector<StageDifference> stages;
  bool empty() const;
};

struct StageDifference {
  size_t number = 0; ///< from 0
  ModelDifference difference;
};

struct DiffOptions {
  /// What operations and their results are called is no difference.
  bool ignoreNames = false;
};

/// Compares two models of one context. Fails, reported, when a weight file can't be read.
Result<ModelDifference> diffModels(const Model &before, const Model &after, DiagnosticEngine &diags, const DiffOptions &options = {});

} // namespace mil
