// Opening and saving models in any of their forms.
//
//   X.mlpackage   a folder: Manifest.json, Data/<author>/model.mlmodel, a weights folder
//   X.mlmodel     the serialised Model alone, its weights beside it
//   X.mlmodelc    a compiled folder: model.mil, coremldata.bin (the description), weights; a pipeline has one such folder a model
//                 (mil/Package/Compile.h)
//   X.mil         MIL text beside its weights; "-" is standard input or output
//
// The form of an input is found by looking at it, that of an output by its extension.
//
// Text says nothing of the model around the program: images, labels, ranges of sizes, metadata, the default function, the order of inputs.
// So X.mil is saved with X.description.json beside it, which people can read and edit: the description in protobuf's mapping to JSON.
// Opening X.mil looks for that file (then for X.coremldata.bin, which milc wrote before; for a file named model.mil, for coremldata.bin),
// and else derives the description from the functions' signatures. A description beside a text that names other features than the text,
// or gives them other types, is an error: both must be edited together.
//
// Weights stay where they are until a model is saved; then they are copied in bounded windows, so that memory follows the program alone.
// Outputs appear whole or not at all.
#pragma once

#include "mil/IR/Model.h"
#include "mil/Package/Compile.h"
#include "mil/Support/Outputs.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

enum class Form : uint8_t { Package, Model, Compiled, Text };
/// "package (.mlpackage)" and so on, for messages.
llvm::StringRef name(Form form);
/// The form that a path's extension asks for; nullopt for none. "-" and other streams (a pipe, /dev/null) are Text.
std::optional<Form> formOfPath(llvm::StringRef path);

/// A path with the model of a pipeline that is meant: "X.mlpackage#1", "X.mlpackage#detector", "X.mlpackage#1#0" for one within another.
struct ModelPath {
  llvm::StringRef path;
  llvm::StringRef model; ///< what follows the first #; empty for the model as a whole
};
/// Takes a path apart; one that exists as it is names no model.
ModelPath splitModelPath(llvm::StringRef path);

struct OpenOptions {
  /// Where weight files are looked for by their last path component, instead of in the model's folder.
  std::string weightsDir;
  /// Missing weight files: an error, or a warning and unresolved blobs.
  BlobResolver::Missing missingWeights = BlobResolver::Missing::Error;
  /// Of a pipeline: the model to open alone, by its number from 0 or its name; # between those of nested pipelines.
  std::string model = {};
};

/// A model with what is needed to write it back: its weight files and the package's other items.
struct OpenedModel {
  std::unique_ptr<Model> model; ///< has a description in any case; derived from the signatures when there was none
  Form form = Form::Text;
  std::string path;
  std::string modelFile; ///< the file that holds the serialised model; empty when the model was read from text
  bool descriptionDerived = false;
  /// The model's weight files by the paths that the program gives them. A compiled pipeline has several of these, one a model that is a
  /// program; the same path may then name different files. The Context keeps them alive, too: literals refer to their blobs.
  std::vector<std::shared_ptr<BlobResolver>> blobs;
  /// Items of the manifest other than model and weights, and files that neither manifest nor program names, to be written back.
  struct Extra {
    std::string path;    ///< inside the package, '/'-separated
    std::string file;    ///< where it lies; a folder only when listed
    bool listed = false; ///< in the manifest, with:
    std::string name, author, description, identifier;
  };
  std::vector<Extra> extras;
  /// All files that were read, to refuse output onto them. Weight files are not among them: `blobs` knows those.
  std::vector<FileIdentity> inputs;
  /// Those of them that are mapped, which tell whether someone has made them shorter.
  std::vector<std::shared_ptr<const MappedFile>> files;
};

/// What a model is that is no ML program, for messages: a pipeline with a list of its models, or the name of its type.
std::string describeInsteadOfProgram(const Model &model);

/// Opens a model in any form, or one model of a pipeline: "X.mlpackage#1", or options.model. Fails, reported, when any part of it is bad.
Result<OpenedModel> openModel(llvm::StringRef path, Context &context, DiagnosticEngine &diags, const OpenOptions &options = {});

/// Packages may list overlays (Metadata.json, FeatureDescriptions.json) whose texts override those of the model. Moves them into the
/// description and drops the files from `extras`, as compiling a model does: for outputs that can't hold them.
Status applyOverlays(OpenedModel &opened, DiagnosticEngine &diags);

struct SaveOptions {
  bool force = false; ///< replace what is there
  /// Weight files as they were, under their own names, with new blobs appended (what converting does); or one file that holds every
  /// distinct content once, in order of first use (what merging and optimising do).
  enum class Layout : uint8_t { Keep, Share } layout = Layout::Keep;
  /// In-memory tensors of at least this many elements and of a type that weight files hold are moved there: the values of `const`, and the
  /// operands and attributes of `constexpr_*`. 0: never. Not given: 10 when a package is written, which is the reference's own rule (it
  /// includes 16 and 32 bit integers from specification version 9 on only); never in other forms.
  std::optional<uint64_t> externalizeFrom;
  /// For compiled models.
  CompileOptions compile;
  ProgressFn progress;
};

struct SaveResult {
  uint64_t weightBytes = 0;     ///< of all distinct blobs written
  uint64_t referencedBytes = 0; ///< of all blobs referenced, each reference counted
  size_t blobs = 0;             ///< distinct blobs written
};

/// Writes `model` to `path` in the form of its extension, whole or not at all.
///
/// `sources` are the opened models that it stems from. Their weight files are copied (Layout::Keep finds a constant's file through them),
/// no file of theirs is ever replaced (such an output is refused, with `force` too), and the extras of a single source are written into a
/// package.
///
/// The weights of a package lie in Data/com.apple.CoreML/weights, those of a compiled model in its folder `weights` (each model of a
/// pipeline has one of its own), those of text and bare models in the folder `weights` beside the output, under a name that nothing else
/// there has (mil/Support/Files.h says how such files are replaced together). Names that a model gives its weight files are kept if they
/// are harmless. Text on standard output ("-") keeps naming them as they were named, or, with Layout::Share, as it would name them in a
/// file, though no weight file is written. In a package, `buildInfo` loses the keys of the Core ML compiler and functions lose
/// FlexibleShapeInformation, which the compiler makes from the description.
Result<SaveResult> saveModel(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options = {},
                             llvm::ArrayRef<const OpenedModel *> sources = {});

/// Reports and fails when saveModel couldn't write to `path`, as far as can be seen before: an extension that says nothing, something that
/// is there and not to be replaced, no folder to write in; with `model` a form that it can't have; with `sources` an input. For asking
/// before long work; saveModel asks it all again.
Status checkOutput(llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options, const Model *model = nullptr,
                   llvm::ArrayRef<const OpenedModel *> sources = {});

/// Reports and fails when `output`, there or not, is a file of the sources, a folder that holds one, or in a package of theirs. saveModel
/// asks that itself; this is for who replaces a folder of outputs.
Status refuseInputs(llvm::StringRef output, llvm::ArrayRef<const OpenedModel *> sources, DiagnosticEngine &diags);

/// A file of a package in memory.
struct PackageFile {
  std::string path; ///< inside the package, '/'-separated: "Manifest.json", "Data/com.apple.CoreML/model.mlmodel", …
  std::vector<uint8_t> bytes;
};

/// The files of the package that saveModel would write, sorted by path. All of them are held at once, weights included; a scratch folder in
/// the system's place for such is used on the way, and removed.
Result<std::vector<PackageFile>> packageFiles(const Model &model, DiagnosticEngine &diags, const SaveOptions &options = {},
                                              llvm::ArrayRef<const OpenedModel *> sources = {});

} // namespace mil
