// Splitting: divides a model into parts that run one after the other, each a separate model with the weights that it uses.
//
//   planSplit(model, {.parts = 4})                     parts with similar weights, cut where few values have to be passed
//   planSplit(model, {.maxWeightBytes = 1 << 30})      as few parts as possible
//   planSplit(model, {.at = {"h_4", "h_8"}})           after the operations that compute these values
//
// The body of a function consists of steps, the operations that depend on inputs or states, and of constants: `const`, and operations that
// only depend on constants (`constexpr_*`, reshaped weights, …). A cut is a position between two steps; the steps before it and after it
// are in different parts, in unchanged order, and each part has copies of the constants that its steps use. So the steps of the parts, one
// after the other, are those of the whole.
//
//  * An input of the function becomes an input of every part that uses it, with the same description. A value that is used in a later part
//    becomes an output of the part that computes it and an input of the part that uses it. Values keep their names. The outputs of the
//    function are outputs of the parts that compute them.
//  * Interfaces support fewer element types than values. A value of another type is passed as a supported type that can represent it, for
//    example bool as int32: the first part casts it, the other one casts it back. Values that can't be passed (lists, unknown rank, int64,
//    types below 8 bits) exclude the cuts between their definition and their uses.
//  * A state that is written belongs to one part: cuts between its operations are excluded. A state that is only read can be used in
//    several parts.
//  * Opsets, specification version, metadata and build information are those of the whole; other items of a package are dropped. If there
//    are several functions, each is cut, and part i of the result has part i of each function.
//
// Parts are created one at a time on request, so that the memory needed is that of the model and one part. Cost: linear in the operations,
// and, if a number of parts is requested, in the number of cuts near the even positions. No weight is read before saving.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// Options of planSplit: exactly one of `at`, `parts` and `maxWeightBytes`.
struct SplitOptions {
  /// Cut after these values or operations, in every function.
  std::vector<std::string> at = {};
  /// The number of parts.
  unsigned parts = 0;
  /// The limit for the weight file of a part. Equal contents of several constants, which are stored once, are counted for each of them.
  uint64_t maxWeightBytes = 0;
  /// The functions to split; the parts have no others. Empty: all.
  std::vector<std::string> functions = {};
};

/// The inputs and outputs of a part, for running the parts.
struct SplitPart {
  struct Input {
    std::string name;
    std::optional<size_t> from; ///< the part that computes it; nullopt: an input of the whole
    std::string value;          ///< its name in the whole; a different one if it is cast
  };
  struct Output {
    std::string name;
    bool ofWhole = false; ///< whether it is an output of the whole; later parts may use it, too
    std::string value;
  };
  struct Function {
    std::string name;
    size_t operations = 0; ///< including copies of constants, without nested operations and casts
    std::vector<Input> inputs;
    std::vector<Output> outputs;
    std::vector<std::string> states;
  };
  std::string name; ///< "part_1"; "part_01" if there are ten or more parts
  std::vector<Function> functions;
};

/// The cuts of a model and the resulting parts. Refers to the model, which must outlive it.
class SplitPlan {
public:
  SplitPlan(SplitPlan &&);
  ~SplitPlan();
  llvm::ArrayRef<SplitPart> parts() const;
  /// Creates a part, in the context of the model.
  std::unique_ptr<Model> makePart(size_t part) const;

private:
  friend class Splitter;
  struct Impl;
  explicit SplitPlan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Finds the cuts. `opened` must outlive the plan; its overlays are applied, and its other items dropped with a warning. Errors: not an ML
/// program, unknown functions or values, impossible cuts, fewer possible cuts than requested, operations that can't be separated and have
/// too many weights, functions that need different numbers of parts.
Result<SplitPlan> planSplit(OpenedModel &opened, const SplitOptions &options, DiagnosticEngine &diags);

/// Reports and fails if saveParts couldn't write to `folder`, as far as this can be known in advance. saveParts checks it, too.
Status checkPartsFolder(llvm::StringRef folder, DiagnosticEngine &diags, const SaveOptions &options = {});

/// Writes every part as a package into a folder, and `parts.json`, which describes how they are connected:
///
///   {"parts": [{"file": "part_1.mlpackage", "weightBytes": 128,
///               "functions": [{"name": "main", "operations": 4,
///                              "inputs": [{"name": "x", "value": "x", "from": null}],
///                              "outputs": [{"name": "h", "value": "h", "output": false}], "states": []}]}, …]}
///
/// where `from` is the part that computes an input, null for an input of the whole, and `output` is true for an output of the
/// whole. The folder is written atomically. With `force` an existing folder is replaced if it contains a parts.json.
Result<std::vector<SaveResult>> saveParts(const SplitPlan &plan, const OpenedModel &opened, llvm::StringRef folder, DiagnosticEngine &diags,
                                          const SaveOptions &options = {});

} // namespace mil
