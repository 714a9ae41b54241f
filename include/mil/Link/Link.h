// Merging models into one multifunction program.
//
//   a.mlpackage: main ─┐                  ┌─ adapter_1    description: the interfaces of both, the default function
//                      ├─ mergeModels ──►─┤
//   b.mlpackage: main ─┘                  └─ adapter_2    one weight file: the base once, both adapters
//
// The merging model. Functions are copied whole into a new program and never looked into: each keeps its opset, its operations, the names
// of its values (MIL scopes them by function) and its attributes, so it means afterwards what it meant before. What functions share
// is found below them: constants refer to blobs, and when the result is saved with SaveOptions::Layout::Share, blobs of equal element type,
// size and bytes are written once, whichever function or file they came from and whatever shape their types give them. Nearly equal weights
// stay apart.
//
// Around the program:
//  * Names. A function asked for under a name has it. Others keep their own name unless two functions would then have the same; those are
//    called after their file (`adapter_1` for adapter_1.mlpackage; `file_function` when several functions of the file are taken). Names
//    that still clash are an error.
//  * Interfaces. Each function brings its FunctionDescription: images, flexible shapes, states, classifier outputs, texts. One that the
//    input doesn't describe is described from its signature.
//  * Form. The result lists its functions, with a default one (the first, or the one asked for), when there are several, when a name or a
//    default was asked for, or when an input had such a list. A lone plain model without a name stays a plain model: to Core ML, a list of
//    one function is something else than no list.
//  * Metadata (description, author, license, version, the user's keys), the program's attributes (buildInfo key by key), doc strings and
//    fields unknown to milc are united over the inputs, in their order; where two differ the first is kept and the other reported, as a
//    warning. Or all of it is taken from one input, MergeOptions::metadataFrom.
//  * The specification version is the lowest that the result needs: 9 for a list of functions, more for newer opsets.
//  * Other items of packages belong to one model: they are carried when all functions come from one model. Else overlays of texts are
//    worked into the descriptions, and the rest (debugging maps, …) is left out with a warning. So are inputs for training, for which a
//    list of functions has no place.
//
// Cost: linear in the operations of the functions taken; no weight is read before saving.
//
// To debug a merge: print the result as text (`milc merge … -o -`) beside the inputs (`milc convert IN -o -`): functions are equal line by
// line but for their names and the places of blobs. `milc info` shows which functions share how much.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// A model to merge, or one of its functions. The same model may be given several times.
struct MergeInput {
  /// Borrowed; its weight files are read when the result is saved. Overlays are applied to it when there are other models, too.
  OpenedModel *model = nullptr;
  /// The function to take; empty: all.
  std::string function = {};
  /// Its name in the result; empty: by the rules above.
  std::string name = {};
};

struct MergeOptions {
  /// The function that runs when none is asked for, by its name in the result; empty: the first.
  std::string defaultFunction = {};
  /// The input whose metadata and program attributes the result has, all of them and none of the others': its path, or the name that one
  /// of its functions has in the result. Empty: they are united.
  std::string metadataFrom = {};
};

struct MergedModel {
  std::unique_ptr<Model> model;
  /// Where each function came from, in the order of the result: that of the inputs, within an input that of its description.
  struct Origin {
    std::string name;      ///< in the result
    size_t input = 0;      ///< index into the inputs
    std::string function;  ///< its name there
    size_t operations = 0; ///< nested ones included
  };
  std::vector<Origin> origins;
  /// Bytes of weight files that the functions taken refer to, each record counted once an input. What is saved may be less by what inputs
  /// share, and more by the constants that are moved to the weight file.
  uint64_t weightBytesBefore = 0;
  /// The models that the functions came from, each once: what saveModel wants to know.
  std::vector<const OpenedModel *> sources;
};

/// Merges `inputs` (at least one) into a new model in `context`, the one that they were opened in. They must outlive the
/// result. Errors: an input that isn't an ML program or has no function, an unknown function, a name that is given to several functions
/// or isn't an identifier, clashing names, an unknown default function or source of metadata.
Result<MergedModel> mergeModels(llvm::ArrayRef<MergeInput> inputs, const MergeOptions &options, Context &context, DiagnosticEngine &diags);

} // namespace mil
