// Splitting: a model cut into parts that run one after the other, each a model of its own with the weights that it uses.
//
//   planSplit(model, {.parts = 4})                     about the same weight each, cut where little has to cross
//   planSplit(model, {.maxWeightBytes = 1 << 30})      as few parts as that takes
//   planSplit(model, {.at = {"h_4", "h_8"}})           behind the operations that give these values
//
// The cutting model. A function's body is a row of steps, the operations that compute something from inputs or states, and of constants:
// `const`, and what is computed from constants alone (`constexpr_*`, reshaped weights, …). A cut lies between two steps; the steps in front
// of it and those behind are parts, in the order that they had, and each part has copies of the constants that its steps read. So the
// parts' steps, one after the other, are those of the whole.
//
//  * What a part reads of the function's inputs it takes as an input itself, as it was described; what it reads of an
//    earlier part is an input of it and an output of that part, whichever parts lie between. Values keep their names.
//    The function's outputs are outputs of the parts that compute them.
//  * Features have fewer element types than values. A value of another type crosses as one of theirs that holds all its values, as bool by
//    int32: the part that gives it casts it, the one that takes it casts it back. A value that can't be (lists, unknown rank, int64, types
//    below 8 bits) closes the cuts that it crosses.
//  * A state that is changed belongs to one model: cuts between the operations on it are closed. One that is only read
//    can be read in several parts.
//  * Opsets, specification version, metadata and build information are those of the whole; what lies beside its model in a package is left
//    out. Of several functions each is cut, and part i of the result has part i of each.
//
// Parts are made one at a time, when asked for, so that the memory needed is that of the model and one part. Cost: linear in the
// operations, and where a number of parts is asked for, also in the cuts near the places that would be even. No weight is read before
// saving.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// How to split: exactly one of `at`, `parts` and `maxWeightBytes`.
struct SplitOptions {
  /// Behind which values or operations, in every function.
  std::vector<std::string> at = {};
  /// Into how many parts.
  unsigned parts = 0;
  /// What a part's weight file may take. An upper bound, which contents stored once for several constants may undercut.
  uint64_t maxWeightBytes = 0;
  /// The functions to split; the parts have no others. Empty: all.
  std::vector<std::string> functions = {};
};

/// What a part takes and gives, for who runs the parts.
struct SplitPart {
  struct Input {
    std::string name;
    std::optional<size_t> from; ///< the part that gives it; nullopt: an input of the whole
    std::string value;          ///< its name in the whole, another one where it is cast
  };
  struct Output {
    std::string name;
    bool ofWhole = false; ///< an output of the whole, besides being read by later parts perhaps
    std::string value;
  };
  struct Function {
    std::string name;
    size_t operations = 0; ///< copies of constants included; nested ones and casts not
    std::vector<Input> inputs;
    std::vector<Output> outputs;
    std::vector<std::string> states;
  };
  std::string name; ///< "part_1"; of ten parts and more "part_01"
  std::vector<Function> functions;
};

class SplitPlan {
public:
  SplitPlan(SplitPlan &&);
  ~SplitPlan();
  llvm::ArrayRef<SplitPart> parts() const;
  /// Makes a part, in the context of the model.
  std::unique_ptr<Model> makePart(size_t part) const;

private:
  friend class Splitter;
  struct Impl;
  explicit SplitPlan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Finds the cuts. `opened` must outlive the plan; its overlays are applied, and its other items dropped with a warning. Errors: no ML
/// program, unknown functions or values, cuts that are closed, fewer open cuts than asked for, what can't be parted and weighs too much,
/// functions that come to different numbers of parts.
Result<SplitPlan> planSplit(OpenedModel &opened, const SplitOptions &options, DiagnosticEngine &diags);

/// Reports and fails when saveParts couldn't write to `folder`, as far as can be seen before. saveParts asks it, too.
Status checkPartsFolder(llvm::StringRef folder, DiagnosticEngine &diags, const SaveOptions &options = {});

/// Writes every part as a package into a folder, and `parts.json` that tells how they chain:
///
///   {"parts": [{"file": "part_1.mlpackage", "weightBytes": 128,
///               "functions": [{"name": "main", "operations": 4,
///                              "inputs": [{"name": "x", "value": "x", "from": null}],
///                              "outputs": [{"name": "h", "value": "h", "output": false}], "states": []}]}, …]}
///
/// where `from` is the file that gives an input, null for an input of the whole, and `output` tells outputs of the whole. The folder
/// appears whole or not at all. With `force` one that has such a file is replaced, no other.
Result<std::vector<SaveResult>> saveParts(const SplitPlan &plan, const OpenedModel &opened, llvm::StringRef folder, DiagnosticEngine &diags,
                                          const SaveOptions &options = {});

} // namespace mil
