#include "InterfaceRules.h"
#include "mil/Verify/DiagnosticKinds.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mil;
using llvm::StringRef;

namespace {

std::string printSizes(llvm::ArrayRef<int64_t> sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); ++i)
    text += (i ? ", " : "") + (sizes[i] < 0 ? std::string("?") : std::to_string(sizes[i]));
  return text + "]";
}

bool contains(const SizeRange &range, int64_t size) {
  return size >= 0 && uint64_t(size) >= range.lower && (range.upper < 0 || size <= range.upper);
}

bool isEmpty(const SizeRange &range) { return range.upper >= 0 && range.lower > uint64_t(range.upper); }

/// What is wrong with the default shape of an array, a text that follows its name; "" for nothing. `needsShape`: outputs may leave theirs
/// out.
std::string faultOfShape(const MultiArrayFeature &array, bool needsShape) {
  if (llvm::any_of(array.shape, [](int64_t size) { return size <= 0; }))
    return "has the default shape " + printSizes(array.shape) + ", but all sizes of a default shape must be known and positive";
  bool isFixed = std::holds_alternative<std::monostate>(array.flexibility);
  return isFixed && needsShape && array.shape.empty() ? "has no shape" : "";
}

/// What is wrong with the shapes that an array may have.
std::string faultOfFlexibility(const MultiArrayFeature &array) {
  using Enumerated = MultiArrayFeature::Enumerated;
  using Range = MultiArrayFeature::Range;
  if (const auto *choices = std::get_if<Enumerated>(&array.flexibility)) {
    if (choices->shapes.empty())
      return "has an empty list of enumerated shapes";
    if (!array.shape.empty() && !llvm::is_contained(choices->shapes, array.shape))
      return "has the default shape " + printSizes(array.shape) + ", which is not one of its enumerated shapes";
    size_t rank = choices->shapes.front().size();
    for (const auto &shape : choices->shapes)
      if (shape.size() != rank || llvm::any_of(shape, [](int64_t size) { return size <= 0; }))
        return "can have the shape " + printSizes(shape) + ", which has another rank or sizes that aren't positive";
    return "";
  }
  if (const auto *range = std::get_if<Range>(&array.flexibility)) {
    if (!array.shape.empty() && array.shape.size() != range->sizes.size())
      return "has ranges for " + std::to_string(range->sizes.size()) + " dimensions, but a default shape of " +
             std::to_string(array.shape.size());
    for (auto [i, sizes] : llvm::enumerate(range->sizes)) {
      if (isEmpty(sizes))
        return "has a range that ends before it starts, in dimension " + std::to_string(i);
      if (!array.shape.empty() && !contains(sizes, array.shape[i]))
        return "has the default size " + std::to_string(array.shape[i]) + " outside its range in dimension " + std::to_string(i);
    }
  }
  return "";
}

std::string faultOfImage(const ImageFeature &image) {
  if (image.colorSpace == ColorSpace::Invalid)
    return "is an image without a color space";
  if (const auto *range = std::get_if<ImageFeature::Range>(&image.flexibility)) {
    for (const std::optional<SizeRange> &side : {range->width, range->height})
      if (side && isEmpty(*side))
        return "is an image with a range of sizes that ends before it starts";
    return "";
  }
  if (const auto *choices = std::get_if<ImageFeature::Enumerated>(&image.flexibility))
    return choices->sizes.empty() ? "is an image with an empty list of enumerated sizes" : "";
  return image.width > 0 && image.height > 0 ? "" : "is an image without a size";
}

std::string faultOfState(const FeatureType &type) {
  const auto *state = type.as<StateFeature>();
  if (!state)
    return "is listed as a state, but isn't described as one";
  const MultiArrayFeature &array = state->array;
  if (array.dataType != ArrayDataType::Float16 && array.dataType != ArrayDataType::Int8) {
    DType found = fromArrayDataType(array.dataType);
    return "holds " + (found == DType::Invalid ? std::string("elements of an unsupported type") : name(found).str()) +
           "; states must hold fp16 or int8";
  }
  if (array.shape.empty() || llvm::any_of(array.shape, [](int64_t size) { return size <= 0; }) ||
      !std::holds_alternative<std::monostate>(array.flexibility))
    return "has the sizes " + printSizes(array.shape) + "; a state must have a fixed size";
  if (type.optional || !std::holds_alternative<std::monostate>(array.defaultValue))
    return "is optional or has a default value; a state always starts as zeros";
  return "";
}

/// The rules for one function, or for a model without functions (`function` null).
class InterfaceRules {
public:
  InterfaceRules(const FunctionDescription &described, const Function *function, Location place, bool lenient, DiagnosticEngine &diags)
      : described(described), function(function), place(function ? function->location() : place), lenient(lenient), diags(diags) {}

  bool run() {
    names();
    for (const FeatureDescription &input : described.inputs)
      feature("input", input, /*isInput=*/true);
    for (const FeatureDescription &output : described.outputs)
      feature("output", output, /*isInput=*/false);
    for (const FeatureDescription &state : described.states)
      refuseIf("state", state, state.type ? faultOfState(*state.type) : "has no type");
    predicted();
    warnOfChoicesBesideRanges();
    if (function)
      warnOfWrittenOutputs();
    return ok;
  }

private:
  void refuse(StringRef what, StringRef name, const std::string &fault) {
    ok = false;
    diags.report(place, diag::InterfaceRefused, described.name.empty() ? "main" : described.name, what, name, fault);
  }
  void refuseIf(StringRef what, const FeatureDescription &feature, const std::string &fault) {
    if (!fault.empty())
      refuse(what, feature.name, fault);
  }
  /// What texts for trying things out may do.
  void refuseOrWarn(StringRef what, StringRef name, const std::string &fault) {
    if (!lenient)
      return refuse(what, name, fault);
    diags.report(place, diag::InterfaceNotOfADevice, described.name.empty() ? "main" : described.name, what, name, fault);
  }

  /// Inputs and states share their names, outputs are told apart by theirs.
  void names() {
    llvm::StringSet<> taken, given;
    for (const auto *features : {&described.inputs, &described.states})
      for (const FeatureDescription &feature : *features)
        if (feature.name.empty())
          refuse(features == &described.inputs ? "input" : "state", "", "has no name");
        else if (!taken.insert(feature.name).second)
          refuse(features == &described.inputs ? "input" : "state", feature.name, "occurs twice");
    for (const FeatureDescription &output : described.outputs)
      if (output.name.empty())
        refuse("output", "", "has no name");
      else if (!given.insert(output.name).second)
        refuse("output", output.name, "occurs twice: a value can only be returned under one name");
  }

  void feature(StringRef what, const FeatureDescription &feature, bool isInput) {
    std::string fault = faultOf(feature, isInput);
    if (!fault.empty())
      refuseOrWarn(what, feature.name, fault);
    else if (const auto *array = feature.type->as<MultiArrayFeature>())
      refuseIf(what, feature, faultOfFlexibility(*array));
    const Value *value = isInput && function ? function->body().input(feature.name) : nullptr;
    if (value && value->type().isScalar())
      refuseOrWarn(what, feature.name, "has rank 0; give it the shape [1]");
    if (fault.empty() && value && value->type().isTensor() && !value->type().hasRank())
      refuseOrWarn(what, feature.name, "has an unknown rank");
  }

  std::string faultOf(const FeatureDescription &feature, bool isInput) const {
    if (!feature.type || std::holds_alternative<std::monostate>(feature.type->type))
      return "has no type that Core ML's interface supports" + ofProgram(feature, isInput);
    const FeatureType &type = *feature.type;
    if (const auto *array = type.as<MultiArrayFeature>())
      return array->dataType == ArrayDataType::Invalid
                 ? "has no element type that Core ML's interface supports" + ofProgram(feature, isInput)
                 : faultOfShape(*array, /*needsShape=*/isInput);
    if (const auto *image = type.as<ImageFeature>())
      return faultOfImage(*image);
    if (const auto *dictionary = type.as<DictionaryFeature>(); dictionary && dictionary->key == DictionaryFeature::Key::None)
      return "is a dictionary without a key type";
    return type.as<StateFeature>() && !isInput ? "is a state, which can't be an output" : "";
  }

  /// ": it is tensor<uint8, [4]>"
  std::string ofProgram(const FeatureDescription &feature, bool isInput) const {
    const Value *value = isInput && function ? function->body().input(feature.name) : nullptr;
    if (function && !isInput)
      for (const Operand &output : function->outputs())
        if (output.value() && output.value()->name() == feature.name)
          value = output.value();
    return value && value->type() ? ": it is " + value->type().str() : "";
  }

  void predicted() {
    auto isOutput = [&](const std::string &name) {
      return name.empty() || llvm::any_of(described.outputs, [&](const FeatureDescription &output) { return output.name == name; });
    };
    if (!isOutput(described.predictedFeatureName))
      refuse("predicted feature", described.predictedFeatureName, "is not an output");
    if (!isOutput(described.predictedProbabilitiesName))
      refuse("predicted probabilities", described.predictedProbabilitiesName, "is not an output");
  }

  // ---- What Core ML accepts but fails to run -------------------------------

  void warn(const std::string &what) {
    diags.report(place, diag::InterfaceAtRunTime, described.name.empty() ? "main" : described.name, what);
  }

  void warnOfChoicesBesideRanges() {
    const FeatureDescription *choices = nullptr, *range = nullptr;
    auto consider = [&]<typename Feature>(const FeatureDescription &input, const Feature *feature) {
      if (feature && std::holds_alternative<typename Feature::Enumerated>(feature->flexibility))
        choices = &input;
      else if (feature && std::holds_alternative<typename Feature::Range>(feature->flexibility))
        range = &input;
    };
    for (const FeatureDescription &input : described.inputs)
      if (input.type) {
        consider(input, input.type->as<MultiArrayFeature>());
        consider(input, input.type->as<ImageFeature>());
      }
    if (choices && range)
      warn("input '" + choices->name + "' has enumerated shapes and input '" + range->name +
           "' has a range; Core ML can't run models that have both");
  }

  void warnOfWrittenOutputs() {
    llvm::DenseSet<const Value *> written;
    std::as_const(function->body()).walk([&](const Operation &op) {
      if (op.is("write_state") && op.input("data"))
        written.insert(op.input("data"));
    });
    for (const Operand &output : function->outputs())
      if (output.value() && written.contains(output.value()))
        warn("output '" + output.value()->name().str().str() +
             "' is also written to a state; some devices return its previous value: return the result of another operation");
  }

  const FunctionDescription &described;
  const Function *function;
  Location place;
  bool lenient;
  DiagnosticEngine &diags;
  bool ok = true;
};

} // namespace

bool mil::checkInterfaceRules(const Model &model, bool lenient, DiagnosticEngine &diags) {
  // Models of other types have rules of their own.
  if (!model.description || model.otherType)
    return true;
  Location place = model.sourceFile ? Location::ofFile(model.sourceFile) : Location();
  const ModelDescription &description = *model.description;
  auto check = [&](const FunctionDescription &described) {
    // Some writers leave the description empty.
    if (described.inputs.empty() && described.outputs.empty() && described.states.empty())
      return true;
    const Function *function = model.program ? model.program->function(described.name.empty() ? "main" : described.name) : nullptr;
    return InterfaceRules(described, function, place, lenient, diags).run();
  };
  bool ok = true;
  if (description.functions.empty())
    ok = check(description.main);
  for (const FunctionDescription &described : description.functions)
    ok &= check(described);
  return ok;
}
