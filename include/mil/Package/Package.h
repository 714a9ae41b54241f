// Opening and saving models in any of their forms.
//
//   Result<OpenedModel> opened = openModel("model.mlpackage", context, diags);
//   Result<SaveResult> saved = saveModel(*opened->model, "model.mil", diags, {}, {&*opened});
//
//   X.mlpackage   a folder: Manifest.json, Data/<author>/model.mlmodel, a weights folder
//   X.mlmodel     only the serialised Model, its weights next to it
//   X.mlmodelc    a compiled folder: model.mil, coremldata.bin (the description), weights; a pipeline has one such folder per model
//                 (mil/Package/Compile.h)
//   X.mil         MIL text, its weights next to it; "-" is standard input or output
//
// The form of an input is detected from its content, that of an output from its extension.
//
// Text only contains the program, not images, labels, ranges of sizes, metadata, the default function and the order of inputs. So X.mil is
// saved with X.description.json, the description in protobuf's JSON format, which people can read and edit. When X.mil is opened, that
// file is read (else X.coremldata.bin, which older versions of milc wrote; for a file named model.mil, coremldata.bin); if there is none,
// the description is derived from the signatures of the functions. It is an error if the description and the text have different features
// or types: both must be edited together.
//
// Weights stay in their files until a model is saved; then they are copied in bounded windows, so that memory only depends on the program.
// Outputs are written atomically.
#pragma once

#include "mil/IR/Model.h"
#include "mil/Package/Compile.h"
#include "mil/Support/Outputs.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

/// The forms of a model: .mlpackage, .mlmodel, .mlmodelc, .mil.
enum class Form : uint8_t { Package, Model, Compiled, Text };
/// "package (.mlpackage)" and so on, for messages.
llvm::StringRef name(Form form);
/// The form that belongs to the extension of a path, or nullopt. "-" and other streams (a pipe, /dev/null) are Text.
std::optional<Form> formOfPath(llvm::StringRef path);

/// A path that selects a model of a pipeline: "X.mlpackage#1", "X.mlpackage#detector", "X.mlpackage#1#0" for nested pipelines.
struct ModelPath {
  llvm::StringRef path;
  llvm::StringRef model; ///< the text after the first #; empty for the whole model
};
/// Splits a path; a path that exists selects no model.
ModelPath splitModelPath(llvm::StringRef path);

/// Options of opening.
struct OpenOptions {
  /// The folder in which weight files are searched by their last path component, instead of the folder of the model.
  std::string weightsDir;
  /// Missing weight files: an error, or a warning and unresolved blobs.
  BlobResolver::Missing missingWeights = BlobResolver::Missing::Error;
  /// The model of a pipeline to open, by its number from 0 or its name; separated by # for nested pipelines. Only its
  /// weight files are needed.
  std::string model = {};
};

/// A model with everything needed to write it back: its weight files and the other items of the package.
struct OpenedModel {
  std::unique_ptr<Model> model; ///< always has a description; derived from the signatures if the input had none
  Form form = Form::Text;
  std::string path;
  std::string modelFile; ///< the file that holds the serialised model; empty when the model was read from text
  bool descriptionDerived = false;
  /// The model's weight files by their paths in the program. A compiled pipeline has several of these, one per ML program, and the same
  /// path may refer to different files. They are also kept alive by the Context, because literals refer to their blobs.
  std::vector<std::shared_ptr<BlobResolver>> blobs;
  /// Other items of the manifest than model and weights, and files that neither manifest nor program mentions, to be written back.
  struct Extra {
    std::string path;    ///< inside the package, '/'-separated
    std::string file;    ///< the path of the file; a folder only if listed
    bool listed = false; ///< in the manifest, with:
    std::string name, author, description, identifier;
  };
  std::vector<Extra> extras;
  /// All files that were read, which outputs must not overwrite. Weight files are in `blobs` instead.
  std::vector<FileIdentity> inputs;
  /// The mapped ones of these files, to detect if they were truncated meanwhile.
  std::vector<std::shared_ptr<const MappedFile>> files;
};

/// A description of a model that is not an ML program, for messages: a pipeline with a list of its models, or the name of its type.
std::string describeInsteadOfProgram(const Model &model);

/// Opens a model in any form, or one model of a pipeline: "X.mlpackage#1", or options.model. Fails (reported) if any part of it is invalid.
Result<OpenedModel> openModel(llvm::StringRef path, Context &context, DiagnosticEngine &diags, const OpenOptions &options = {});

/// Verifies an opened model (mil/Verify/Verify.h) by the rules for its form: `strict` as in VerifyOptions.
Status verifyOpened(const OpenedModel &opened, DiagnosticEngine &diags, bool strict = false);

/// Packages may list overlays (Metadata.json, FeatureDescriptions.json) whose texts override those of the model. Moves them into the
/// description and removes the files from `extras`, as compiling a model does, for outputs that can't contain them.
Status applyOverlays(OpenedModel &opened, DiagnosticEngine &diags);

/// Options of saving.
struct SaveOptions {
  bool force = false; ///< replace an existing output
  /// Keep the weight files with their names and append new blobs (used for converting), or write one file that contains every distinct blob
  /// once, in the order of first use (used for merging and optimising).
  enum class Layout : uint8_t { Keep, Share } layout = Layout::Keep;
  /// Move in-memory tensors with at least this many elements, of types that weight files support, to the weight file: the values of
  /// `const`, and the operands and attributes of `constexpr_*`. 0: never. Not set: 10 for packages, the rule of coremltools (which moves 16
  /// and 32 bit integers from specification version 9 on only); never for other forms.
  std::optional<uint64_t> externalizeFrom;
  /// For compiled models.
  CompileOptions compile;
  ProgressFn progress;
};

/// The result of saving: the weights that were written.
struct SaveResult {
  uint64_t weightBytes = 0;     ///< of all distinct blobs written
  uint64_t referencedBytes = 0; ///< of all blobs referenced, each reference counted
  size_t blobs = 0;             ///< distinct blobs written
};

/// Writes `model` to `path` atomically, in the form of its extension.
///
/// `sources` are the opened models from which `model` was made. Their weight files are copied (Layout::Keep finds the file of a constant
/// through them), none of their files is ever replaced (this is an error, also with `force`), and the extras of a single source are written
/// into a package.
///
/// Weights are written to Data/com.apple.CoreML/weights in a package, and to the folder `weights` in a compiled model (each model of a
/// pipeline has its own). For text and bare models they are written to the folder `weights` next to the output, under unused names
/// (mil/Support/Outputs.h describes how such files are replaced together). The names of weight files are kept if they are safe. Text on
/// standard output ("-") keeps the old references to weights, or, with Layout::Share, has those that it would have in a file, though no
/// weight file is written. In a package, the keys of the Core ML compiler are removed from `buildInfo`, and FlexibleShapeInformation is
/// removed from functions, because the compiler derives it from the description.
Result<SaveResult> saveModel(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options = {},
                             llvm::ArrayRef<const OpenedModel *> sources = {});

/// Reports and fails if saveModel couldn't write to `path`, as far as this can be known in advance: an unknown extension, an existing
/// output that must not be replaced, a missing folder; with `model` an unsupported form; with `sources` an output that is an input. For
/// checking before long work; saveModel checks it again.
Status checkOutput(llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options, const Model *model = nullptr,
                   llvm::ArrayRef<const OpenedModel *> sources = {});

/// Reports and fails if `output`, existing or not, is a file of the sources, a folder that contains one, or in one of their packages.
/// saveModel checks this itself; this function is for code that replaces a folder of outputs.
Status refuseInputs(llvm::StringRef output, llvm::ArrayRef<const OpenedModel *> sources, DiagnosticEngine &diags);

/// A file of a package in memory.
struct PackageFile {
  std::string path; ///< inside the package, '/'-separated: "Manifest.json", "Data/com.apple.CoreML/model.mlmodel", …
  std::vector<uint8_t> bytes;
};

/// The files of the package that saveModel would write, sorted by path. All of them are in memory at once, including weights. Uses a
/// temporary folder, which is removed.
Result<std::vector<PackageFile>> packageFiles(const Model &model, DiagnosticEngine &diags, const SaveOptions &options = {},
                                              llvm::ArrayRef<const OpenedModel *> sources = {});

} // namespace mil
