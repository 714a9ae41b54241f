// Merging models into one multifunction program.
//
//   a.mlpackage: main ─┐                  ┌─ adapter_1    description: the interfaces of both, the default function
//                      ├─ mergeModels ──►─┤
//   b.mlpackage: main ─┘                  └─ adapter_2    one weight file: the base once, both adapters
//
// Functions are copied unchanged into a new program: each keeps its opset, its operations, the names of its values (in MIL, these are local
// to the function) and its attributes. Weights are shared when the result is saved with SaveOptions::Layout::Share: blobs with the same
// element type, size and bytes are written once, independent of their functions, files and shapes. Weights that only
// differ a little are not shared.
//
// Rules for the rest of the model:
//  * Names. A function gets the requested name, if there is one. Otherwise it keeps its name, unless two functions have the same name;
//    these are named after their files (`adapter_1` for adapter_1.mlpackage; `file_function` if several functions of the file are merged).
//    If names still clash, it is an error.
//  * Interfaces. Each function keeps its FunctionDescription: images, flexible shapes, states, classifier outputs, texts. If there is none,
//    it is derived from the signature.
//  * Multifunction or plain. The result has a list of functions, with a default one (the requested or the first), if there are several, if
//    a name or a default was requested, or if an input had such a list. A single plain model without a name stays a plain model, because
//    Core ML distinguishes a list with one function from no list.
//  * Metadata (description, author, license, version, user-defined keys), attributes of the program (buildInfo by key), doc strings and
//    unknown fields of all inputs are combined, in order; if two differ, the first is kept and a warning reports the other. With
//    MergeOptions::metadataFrom, all of it is taken from one input.
//  * The specification version is the lowest that the result needs: 9 for a list of functions, more for newer opsets.
//  * Other items of packages are kept if all functions come from one model. Otherwise overlays of texts are applied to the descriptions,
//    and the rest (debugging maps, …) is dropped with a warning. So are training inputs, which multifunction models don't support.
//
// Cost: linear in the operations of the merged functions; no weight is read before saving.
//
// To debug a merge, compare the text of the result (`milc merge … -o -`) with that of the inputs (`milc convert IN -o -`): functions are
// equal line by line except for their names and the places of blobs. `milc info` shows how much each group of functions shares.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// A model to merge, or one of its functions. The same model may be given several times.
struct MergeInput {
  /// Borrowed; its weight files are read when the result is saved. Its overlays are applied if there are several models.
  OpenedModel *model = nullptr;
  /// The function to merge; empty: all.
  std::string function = {};
  /// Its name in the result; empty: by the rules above.
  std::string name = {};
};

/// Options of mergeModels.
struct MergeOptions {
  /// The default function, by its name in the result; empty: the first.
  std::string defaultFunction = {};
  /// The only input whose metadata and program attributes are used: its path, or the name of one of its functions in the result. Empty:
  /// those of all inputs are combined.
  std::string metadataFrom = {};
};

/// The result of a merge.
struct MergedModel {
  std::unique_ptr<Model> model;
  /// The origin of each function, in the order of the result: that of the inputs, and within an input that of its description.
  struct Origin {
    std::string name;      ///< in the result
    size_t input = 0;      ///< index into the inputs
    std::string function;  ///< its name there
    size_t operations = 0; ///< nested ones included
  };
  std::vector<Origin> origins;
  /// Bytes in weight files that the merged functions refer to, each record counted once per input. The saved result may have fewer, because
  /// inputs share weights, or more, because constants are moved to the weight file.
  uint64_t weightBytesBefore = 0;
  /// The models that the functions came from, each once, for saveModel.
  std::vector<const OpenedModel *> sources;
};

/// Merges `inputs` (at least one) into a new model in `context`, the context of the inputs. They must outlive the result. Errors: an input
/// that isn't an ML program or has no function, an unknown function, a name that is not an identifier or given to several functions,
/// clashing names, an unknown default function or source of metadata.
Result<MergedModel> mergeModels(llvm::ArrayRef<MergeInput> inputs, const MergeOptions &options, Context &context, DiagnosticEngine &diags);

} // namespace mil
