// Opening and saving models in any of their forms.
//
//   X.mlpackage   a folder: Manifest.json, Data/<author>/model.mlmodel, a weights folder
//   X.mlmodel     the serialised Model alone
//   X.mlmodelc    a compiled folder: model.mil, coremldata.bin (the description), weights
//   X.mil         MIL text beside its weights; "-" is standard input or output
//
// The form of an input is found by looking at it, that of an output by its extension.
#pragma once

#include "mil/IR/Model.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

enum class Form : uint8_t { Package, Model, Compiled, Text };
/// "package (.mlpackage)" and so on, for messages.
llvm::StringRef name(Form form);
/// The form that a path's extension asks for; nullopt for none ("-" is Text).
std::optional<Form> formOfPath(llvm::StringRef path);

struct OpenOptions {
  /// Where weight files are looked for by their last path component, instead of in the model's folder.
  std::string weightsDir;
  /// Missing weight files: an error, or a warning and unresolved blobs.
  BlobResolver::Missing missingWeights = BlobResolver::Missing::Error;
};

/// A model with what is needed to write it back: its weight files and the package's other items.
struct OpenedModel {
  std::unique_ptr<Model> model; ///< has a description in any case; derived from the signatures when there was none
  Form form = Form::Text;
  std::string path;
  bool descriptionDerived = false;
  /// The model's weight files, in the order of their first use, and the folder of `@model_path`.
  std::shared_ptr<BlobResolver> blobs;
  /// Items of the manifest other than model and weights, and files that the manifest doesn't list, to be written back.
  struct Extra {
    std::string path;    ///< inside the package, '/'-separated
    std::string file;    ///< where it lies
    bool listed = false; ///< in the manifest, with:
    std::string name, author, description, identifier;
  };
  std::vector<Extra> extras;
  /// All files that were read, to refuse output onto them.
  std::vector<FileIdentity> inputs;
};

Result<OpenedModel> openModel(llvm::StringRef path, Context &context, DiagnosticEngine &diags, const OpenOptions &options = {});

struct SaveOptions {
  bool force = false; ///< replace what is there
  /// Weight files as they were, under their own names, with new blobs appended (what converting does); or one file that holds every
  /// distinct content once, in order of first use (what merging and optimising do).
  enum class Layout : uint8_t { Keep, Share } layout = Layout::Keep;
  /// In-memory tensors of at least this many elements and of a type that weight files hold are moved there when a package is written. 10 is
  /// the reference's own rule (it includes 16 and 32 bit integers from specification version 9 on only). 0: never move.
  uint64_t externalizeFrom = 10;
  /// Files that must not be replaced (OpenedModel::inputs of all models that the output stems from): an output which is one of them, or a
  /// folder that holds one, is refused, with `force` too.
  std::vector<FileIdentity> inputs;
  ProgressFn progress;
};

struct SaveResult {
  uint64_t weightBytes = 0;     ///< of all distinct blobs written
  uint64_t referencedBytes = 0; ///< of all blobs referenced, each reference counted
  size_t blobs = 0;             ///< distinct blobs written
};

/// Writes `model` to `path` in the form of its extension; whole or not at all. `extras` are written into packages.
Result<SaveResult> saveModel(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options = {},
                             llvm::ArrayRef<OpenedModel::Extra> extras = {});

} // namespace mil
