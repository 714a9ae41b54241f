// Editing models: changing names, types, sizes, images and metadata of a converted model.
//
//   ModelEdits edits;
//   edits.renames = {{"x", "photo"}};
//   edits.images = {{.feature = "photo", .color = ColorSpace::RGB, .scale = 1 / 255.0}};
//   edits.author = "someone";
//   if (!editModel(model, edits, diags)) …
//
// Program and description are changed together: a renamed input has its new name in both, an input with a new element type is cast to the
// old one, an image is scaled by operations, and flexible sizes are unknown in all types that depend on them. Everything else stays
// unchanged.
//
// Edits are applied in the order of the fields below, so those of features use the new names. Features are searched in all functions, or
// only in `function`; it is an error if no function has the feature. In a model without a program, only texts can be edited.
//
// After a failure the model may be inconsistent; `changed` is true then, and the model must not be used.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Changes of a model's interface and metadata, applied together.
struct ModelEdits {
  /// The function whose features are edited; empty: all functions.
  std::string function;

  /// Functions, inputs, outputs and states, by their old names. All are renamed at once, so that two can swap names.
  std::vector<std::pair<std::string, std::string>> renames;

  struct ElementType {
    std::string feature;
    DType type = DType::Invalid; ///< fp16, fp32, int32 or int8
  };
  std::vector<ElementType> types;

  /// The sizes of an input: one fixed shape, ranges of sizes, or several fixed shapes, of which the first is the default.
  struct Shapes {
    std::string feature;
    std::vector<std::vector<SizeRange>> shapes; ///< several only of fixed sizes
  };
  std::vector<Shapes> shapes;

  /// Describes an array [1, 3 or 1, height, width] as an image. The program gets scale · pixel + bias of an input; one scale and at most
  /// one bias for all channels, or one per channel. The colour Invalid turns an image into an array again.
  struct Image {
    std::string feature;
    ColorSpace color = ColorSpace::RGB;
    std::vector<double> scale, bias;
  };
  std::vector<Image> images;

  /// The labels of a classifier; the number of labels can't change.
  std::optional<std::vector<std::string>> labels;

  /// Descriptions of features.
  std::vector<std::pair<std::string, std::string>> featureTexts;
  /// Texts of the model; empty ones are removed.
  std::optional<std::string> description, author, license, version;
  std::vector<std::pair<std::string, std::string>> set; ///< user-defined metadata
  std::vector<std::string> unset;

  /// The default function.
  std::string defaultFunction;

  bool changesProgram() const {
    return !renames.empty() || !types.empty() || !shapes.empty() || !images.empty() || labels || !defaultFunction.empty();
  }
};

/// Edits a model that has a description. Linear in the program. `changed` (may be null) tells whether anything was changed, after a failure
/// too.
Status editModel(Model &model, const ModelEdits &edits, DiagnosticEngine &diags, bool *changed = nullptr);

/// Reads "1x3x224x224", "1x3x64..512x64..", or several fixed shapes separated by commas; nullopt for other texts.
std::optional<std::vector<std::vector<SizeRange>>> shapesFromText(llvm::StringRef text);

/// The kinds of edits that are given as text, by command-line options and bindings. The numbers equal those of mil_edit_kind.
enum class EditKind : uint8_t {
  Rename = 1,  ///< name, new name
  ElementType, ///< feature, "fp16"
  Shape,       ///< feature, as shapesFromText reads it
  Image,       ///< feature, "RGB", "BGR", "GRAYSCALE" or "GRAYSCALE_FLOAT16"
  Array,       ///< feature
  Scale,       ///< feature that an earlier Image names, numbers separated by commas
  Bias,        ///< as Scale
  FeatureText, ///< feature, text
  Label,       ///< no name, the next label
  Description, ///< no name, text; the next three likewise
  Author,
  License,
  Version,
  Set,            ///< key, text
  Unset,          ///< key
  DefaultFunction ///< function
};
/// Adds an edit given as text; returns false if `value` is invalid for the kind, or not UTF-8.
bool addEdit(ModelEdits &edits, EditKind kind, llvm::StringRef name, llvm::StringRef value);

} // namespace mil
