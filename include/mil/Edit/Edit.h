// Editing models: what people change of a model that is converted already.
//
//   ModelEdits edits;
//   edits.renames = {{"x", "photo"}};
//   edits.images = {{.feature = "photo", .color = ColorSpace::RGB, .scale = 1 / 255.0}};
//   edits.author = "someone";
//   if (!editModel(model, edits, diags)) …
//
// Program and description change together: a renamed input has its new name in both, one of another element type is cast to the old one
// where it is read, an image is scaled by operations, sizes that may vary are unknown in the types that follow from them. What isn't
// mentioned stays as it was.
//
// Edits are made in the order of the fields below, so that those of features use the new names. Features are looked for in all functions,
// or in `function` alone; one that no function has is an error. A model without a program can have its texts edited, and nothing else.
//
// After a failure the model may be half changed, which `changed` says, and must not be used then.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

struct ModelEdits {
  /// The function whose features are meant; empty: all functions.
  std::string function;

  /// Functions, inputs, outputs and states, by their names before; all at once, so that two can change names.
  std::vector<std::pair<std::string, std::string>> renames;

  struct ElementType {
    std::string feature;
    DType type = DType::Invalid; ///< fp16, fp32, int32 or int8
  };
  std::vector<ElementType> types;

  /// The sizes of an input. One shape of fixed sizes: that one; a range: what it says; several shapes: one of them, the first by default.
  struct Shapes {
    std::string feature;
    std::vector<std::vector<SizeRange>> shapes; ///< several only of fixed sizes
  };
  std::vector<Shapes> shapes;

  /// An array [1, 3 or 1, height, width] described as an image. Of an input, what the program reads is scale · pixel + bias; one scale and
  /// one or no bias for all channels, or one a channel. Invalid as colour: an image becomes an array again.
  struct Image {
    std::string feature;
    ColorSpace color = ColorSpace::RGB;
    std::vector<double> scale, bias;
  };
  std::vector<Image> images;

  /// The labels of a classifier, as many as it has.
  std::optional<std::vector<std::string>> labels;

  /// Texts about features.
  std::vector<std::pair<std::string, std::string>> featureTexts;
  /// Texts about the model; empty ones remove.
  std::optional<std::string> description, author, license, version;
  std::vector<std::pair<std::string, std::string>> set; ///< user-defined metadata
  std::vector<std::string> unset;

  /// Of several functions, the one that runs when none is asked for.
  std::string defaultFunction;

  bool changesProgram() const {
    return !renames.empty() || !types.empty() || !shapes.empty() || !images.empty() || labels || !defaultFunction.empty();
  }
};

/// Edits a model that has a description. Linear in the program. `changed` (may be null) says whether anything was changed, after a failure too.
Status editModel(Model &model, const ModelEdits &edits, DiagnosticEngine &diags, bool *changed = nullptr);

/// Reads "1x3x224x224", "1x3x64..512x64..", or several of fixed sizes with commas between; nullopt when it is none of these.
std::optional<std::vector<std::vector<SizeRange>>> shapesFromText(llvm::StringRef text);

/// Kinds of edits given as text, as options and bindings do. The numbers equal those of mil_edit_kind.
enum class EditKind : uint8_t {
  Rename = 1,  ///< name, new name
  ElementType, ///< feature, "fp16"
  Shape,       ///< feature, as shapesFromText reads it
  Image,       ///< feature, "RGB", "BGR", "GRAYSCALE" or "GRAYSCALE_FLOAT16"
  Array,       ///< feature
  Scale,       ///< feature that an Image before it names, numbers with commas
  Bias,        ///< as Scale
  FeatureText, ///< feature, text
  Label,       ///< no name, the next label
  Description, ///< no name, text; so are the next three
  Author,
  License,
  Version,
  Set,            ///< key, text
  Unset,          ///< key
  DefaultFunction ///< function
};
/// Adds an edit given as text; returns false if `value` is invalid for the kind.
bool addEdit(ModelEdits &edits, EditKind kind, llvm::StringRef name, llvm::StringRef value);

} // namespace mil
