// The model: a program and its description.
//
//   if (const FunctionDescription *main = model.description->function("main"))
//     for (const FeatureDescription &input : main->inputs)
//       if (const ImageFeature *image = input.type ? input.type->as<ImageFeature>() : nullptr)
//         …
//
// Core ML's Model message without protobuf: specification version, model description (each function's inputs, outputs and states as
// features with images, flexible shapes, labels), metadata, and the program. The fields correspond to those of Model.proto and
// FeatureTypes.proto; unknown fields are kept in `protoExtra` in serialised form and written back.
#pragma once

#include "mil/IR/OrderedTexts.h"
#include "mil/IR/Program.h"
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mil {

/// A range of sizes, bounds included. An upper bound of -1 means no bound.
struct SizeRange {
  uint64_t lower = 0;
  int64_t upper = 0;
  bool operator==(const SizeRange &) const = default;
};

/// Element types of arrays at the interface, numbered as ArrayFeatureType.ArrayDataType.
enum class ArrayDataType : int { Invalid = 0, Float16 = 65552, Float32 = 65568, Double = 65600, Int8 = 131080, Int32 = 131104 };
/// The element type of the interface that corresponds to one of the program; nullopt if there is none.
std::optional<ArrayDataType> toArrayDataType(DType type);
/// The element type of the program that corresponds to one of the interface.
DType fromArrayDataType(ArrayDataType type);

/// An array at the interface: ArrayFeatureType.
struct MultiArrayFeature {
  std::vector<int64_t> shape; ///< the default shape; may be empty on outputs
  ArrayDataType dataType = ArrayDataType::Invalid;
  /// Fixed, a list of shapes, or a range for each dimension.
  struct Enumerated {
    std::vector<std::vector<int64_t>> shapes;
    std::string protoExtra;
    bool operator==(const Enumerated &) const = default;
  };
  struct Range {
    std::vector<SizeRange> sizes;
    std::string protoExtra;
    bool operator==(const Range &) const = default;
  };
  std::variant<std::monostate, Enumerated, Range> flexibility;
  /// The value of an optional input that is not given.
  std::variant<std::monostate, int32_t, float, double> defaultValue;
  std::string protoExtra;
  bool operator==(const MultiArrayFeature &) const = default;
};

/// Colour spaces of images, numbered as in ImageFeatureType.
enum class ColorSpace : int { Invalid = 0, Grayscale = 10, RGB = 20, BGR = 30, GrayscaleFloat16 = 40 };

/// The channels of an image's pixels: 3 or 1.
inline int64_t channelsOf(ColorSpace color) { return color == ColorSpace::RGB || color == ColorSpace::BGR ? 3 : 1; }

/// An image at the interface: ImageFeatureType.
struct ImageFeature {
  int64_t width = 0, height = 0; ///< pixels
  ColorSpace colorSpace = ColorSpace::Invalid;
  struct Size {
    uint64_t width = 0, height = 0;
    bool operator==(const Size &) const = default;
  };
  struct Enumerated {
    std::vector<Size> sizes;
    std::string protoExtra;
    bool operator==(const Enumerated &) const = default;
  };
  struct Range {
    std::optional<SizeRange> width, height;
    std::string protoExtra;
    bool operator==(const Range &) const = default;
  };
  std::variant<std::monostate, Enumerated, Range> flexibility;
  std::string protoExtra;
  bool operator==(const ImageFeature &) const = default;
};

/// A whole number at the interface, for example the label of a classifier: Int64FeatureType.
struct Int64Feature {
  std::string protoExtra;
  bool operator==(const Int64Feature &) const = default;
};
/// A floating-point number at the interface: DoubleFeatureType.
struct DoubleFeature {
  std::string protoExtra;
  bool operator==(const DoubleFeature &) const = default;
};
/// A text at the interface, for example the label of a classifier: StringFeatureType.
struct StringFeature {
  std::string protoExtra;
  bool operator==(const StringFeature &) const = default;
};
/// A dictionary at the interface, for example the scores of a classifier by label: DictionaryFeatureType.
struct DictionaryFeature {
  enum class Key : uint8_t { None, Int64, String } key = Key::None;
  std::string protoExtra;
  bool operator==(const DictionaryFeature &) const = default;
};
/// A sequence of whole numbers or texts at the interface: SequenceFeatureType.
struct SequenceFeature {
  enum class Element : uint8_t { None, Int64, String } element = Element::None;
  std::optional<SizeRange> size;
  std::string protoExtra;
  bool operator==(const SequenceFeature &) const = default;
};
/// A state of a function, an array that is kept between runs: StateFeatureType.
struct StateFeature {
  MultiArrayFeature array;
  std::string protoExtra;
  bool operator==(const StateFeature &) const = default;
};

/// The type of a feature; monostate if the description doesn't specify it.
struct FeatureType {
  std::variant<std::monostate, Int64Feature, DoubleFeature, StringFeature, ImageFeature, MultiArrayFeature, DictionaryFeature,
               SequenceFeature, StateFeature>
      type;
  bool optional = false;
  std::string protoExtra;
  bool operator==(const FeatureType &) const = default;

  /// The type as a `T`; null if it is another one.
  template <typename T> const T *as() const { return std::get_if<T>(&type); }
  template <typename T> T *as() { return std::get_if<T>(&type); }
};

/// An input, output or state of a function.
struct FeatureDescription {
  std::string name, shortDescription;
  std::optional<FeatureType> type;
  std::string protoExtra;
  bool operator==(const FeatureDescription &) const = default;
};

/// The interface of one function.
struct FunctionDescription {
  std::string name; ///< empty for the model's only function, when the description lists no functions
  std::vector<FeatureDescription> inputs, outputs, states;
  std::string predictedFeatureName, predictedProbabilitiesName;
  std::string protoExtra;
  bool operator==(const FunctionDescription &) const = default;
};

/// Texts about a model for people.
struct Metadata {
  std::string shortDescription, version, author, license;
  OrderedTexts userDefined;
  std::string protoExtra;
  bool operator==(const Metadata &) const = default;
};

/// The interface of a model: the functions with their features, and metadata.
struct ModelDescription {
  /// The interface of a model without a list of functions (its function is `main`); with one, `main` is empty.
  FunctionDescription main;
  /// Functions in the user's order, and the default function (specification version 9 and later).
  std::vector<FunctionDescription> functions;
  std::string defaultFunctionName;
  std::vector<FeatureDescription> trainingInputs;
  std::optional<Metadata> metadata;
  std::string protoExtra;
  bool operator==(const ModelDescription &) const = default;

  /// The interface of a function of the program, by its name; null when it isn't described.
  const FunctionDescription *function(llvm::StringRef name) const;
  FunctionDescription *function(llvm::StringRef name);
};

struct Model;

/// A pipeline: models run one after the other (Model.Type 200, 201 or 202).
struct Pipeline {
  int field = 202; ///< the oneof case: 200 classifier, 201 regressor, 202 plain
  std::vector<std::unique_ptr<Model>> models;
  std::vector<std::string> names; ///< empty, or one per model
  std::string protoExtra;
  std::string wrapperExtra; ///< unknown fields of PipelineClassifier or PipelineRegressor
};

/// A whole model. Exactly one of program, pipeline and otherType is set.
struct Model {
  int specificationVersion = 0;
  std::optional<ModelDescription> description;
  bool updatable = false;
  std::unique_ptr<Program> program;
  std::unique_ptr<Pipeline> pipeline;
  /// A model of a type that milc doesn't read: its field number in Model and its serialised bytes.
  struct Other {
    int field = 0;
    std::string bytes;
  };
  std::optional<Other> otherType;
  std::string protoExtra;
  /// The file number of the source, for diagnostics.
  uint32_t sourceFile = 0;
};

/// Derives an interface from the signature of a function: arrays with the types of its inputs and outputs, and states. For programs without
/// a description. Unknown dimensions become ranges (from 1, unbounded, default 1), unless the function has the attribute
/// FlexibleShapeInformation with ranges and default shapes.
FunctionDescription describeFunction(const Function &function);

/// The lowest specification version that supports what the model uses: opsets, several functions or states (9), fp16 arrays (7), int8
/// arrays (10), ….
int requiredSpecificationVersion(const Model &model);

} // namespace mil
