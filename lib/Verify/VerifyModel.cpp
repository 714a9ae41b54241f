// A model as a whole: its programs, and whether its description agrees with them.
#include "InterfaceRules.h"
#include "mil/Verify/DiagnosticKinds.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mil;

namespace {

/// What the interface calls a feature's type, for messages.
llvm::StringRef kindOf(const FeatureType &type) {
  static constexpr llvm::StringLiteral kinds[] = {"nothing",      "an integer",   "a double",   "a string", "an image",
                                                  "a multiarray", "a dictionary", "a sequence", "a state"};
  return kinds[type.type.index()];
}

std::string printShape(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
  return text + "]";
}

/// Compares one function with its description.
class InterfaceCheck {
public:
  InterfaceCheck(const Function &function, const FunctionDescription &described, int specification, DiagnosticEngine &diags)
      : function(function), described(described), specification(specification), diags(diags) {}

  bool run() {
    // Some writers leave the description empty; then nothing is compared.
    if (described.inputs.empty() && described.outputs.empty() && described.states.empty())
      return true;
    checkParameters();
    checkOutputs();
    return ok;
  }

private:
  template <typename... Args> void complain(DiagKind kind, const Args &...args) {
    ok = false;
    diags.report(function.location(), kind, function.name().str(), args...);
  }

  void checkParameters() {
    llvm::StringSet<> seen;
    for (const auto *features : {&described.inputs, &described.states})
      for (const FeatureDescription &feature : *features) {
        seen.insert(feature.name);
        const Value *value = function.body().input(feature.name);
        if (!value)
          complain(diag::FeatureWithoutValue, features == &described.states ? "state" : "input", feature.name);
        else if (feature.type)
          checkParameter(feature, value->type());
      }
    for (const Value *input : function.inputs())
      if (!seen.contains(input->name()))
        complain(diag::ValueWithoutFeature, input->type().isState() ? "state" : "input", input->name().str());
  }

  void checkParameter(const FeatureDescription &feature, Type type) {
    const auto *state = feature.type->as<StateFeature>();
    if (bool(state) != type.isState())
      return complain(diag::FeatureKind, feature.name, type.str(), kindOf(*feature.type));
    if (state)
      return checkArray(feature.name, state->array, type.element());
    if (const auto *array = feature.type->as<MultiArrayFeature>())
      return checkArray(feature.name, *array, type);
    if (const auto *image = feature.type->as<ImageFeature>())
      return checkImage(feature.name, *image, type);
    complain(diag::FeatureKind, feature.name, type.str(), kindOf(*feature.type));
  }

  void checkOutputs() {
    llvm::StringSet<> seen;
    for (const FeatureDescription &feature : described.outputs) {
      seen.insert(feature.name);
      const Operand *output = llvm::find_if(
          function.outputs(), [&](const Operand &operand) { return operand.value() && operand.value()->name() == feature.name; });
      if (output == function.outputs().end())
        complain(diag::FeatureWithoutValue, "output", feature.name);
      else if (feature.type)
        checkOutput(feature, output->type());
    }
    for (const Operand &output : function.outputs())
      if (output.value() && !seen.contains(output.value()->name()))
        complain(diag::ValueWithoutFeature, "output", output.value()->name().str());
  }

  void checkOutput(const FeatureDescription &feature, Type type) {
    if (const auto *array = feature.type->as<MultiArrayFeature>())
      return checkArray(feature.name, *array, type);
    if (const auto *image = feature.type->as<ImageFeature>())
      return checkImage(feature.name, *image, type);
    // Labels are strings or integers, probabilities dictionaries: of scalars and dicts in the program.
    bool label = feature.type->as<StringFeature>() || feature.type->as<Int64Feature>() || feature.type->as<DoubleFeature>();
    if (label ? !type.isTensor() : feature.type->as<DictionaryFeature>() && type.isTensor())
      complain(diag::FeatureKind, feature.name, type.str(), kindOf(*feature.type));
  }

  void checkArray(llvm::StringRef name, const MultiArrayFeature &array, Type type) {
    if (!type.isTensor())
      return complain(diag::FeatureKind, name, type.str(), "a multiarray");
    if (DType described = fromArrayDataType(array.dataType); described != type.dtype()) {
      // The reference's tools describe what can't be described as int32, on programs that are not meant for a device yet.
      bool describable =
          toArrayDataType(type.dtype()) && (type.dtype() != DType::Int8 || specification >= specificationVersion(Opset::IOS26));
      if (describable)
        return complain(diag::FeatureDType, name, mil::name(type.dtype()),
                        described == DType::Invalid ? "none that Core ML's interface supports" : mil::name(described));
      diags.report(function.location(), diag::InterfaceDType, function.name().str(), name, mil::name(type.dtype()));
    }
    // Outputs may leave their shape out, and a scalar is described as an array of one.
    if (array.shape.empty() || !type.hasRank() || (type.isScalar() && array.shape == std::vector<int64_t>{1}))
      return;
    bool fits = array.shape.size() == type.rank();
    for (size_t i = 0; fits && i < array.shape.size(); ++i)
      fits = type.dims()[i] < 0 || type.dims()[i] == array.shape[i] || !std::holds_alternative<std::monostate>(array.flexibility);
    if (!fits)
      complain(diag::FeatureShape, name, printShape(type.dims()), printShape(array.shape));
  }

  void checkImage(llvm::StringRef name, const ImageFeature &image, Type type) {
    int64_t shape[] = {1, channelsOf(image.colorSpace), image.height, image.width};
    bool flexible = !std::holds_alternative<std::monostate>(image.flexibility);
    bool fits = type.isTensor() && type.hasRank() && type.rank() == 4 && isFloat(type.dtype());
    for (size_t i = 0; fits && i < 4; ++i)
      fits = type.dims()[i] < 0 || type.dims()[i] == shape[i] || (flexible && i >= 2);
    if (!fits)
      complain(diag::FeatureShape, name, type.str(), "an image, which is " + printShape(shape));
  }

  const Function &function;
  const FunctionDescription &described;
  int specification;
  DiagnosticEngine &diags;
  bool ok = true;
};

/// Models that were built, not read, have no file.
Location placeOf(const Model &model) { return model.sourceFile ? Location::ofFile(model.sourceFile) : Location(); }

/// The list of functions, in the description and in the program.
bool checkFunctions(const Model &model, DiagnosticEngine &diags) {
  const ModelDescription &description = *model.description;
  Location where = placeOf(model);
  bool ok = true;
  auto require = [&](const std::string &name) {
    if (!model.program->function(name)) {
      diags.report(where, diag::DescribedFunctionMissing, name);
      ok = false;
    }
  };
  for (const FunctionDescription &described : description.functions)
    require(described.name);
  if (description.functions.empty() && !(description.main.inputs.empty() && description.main.outputs.empty()))
    require("main");
  if (!description.functions.empty() && !description.function(description.defaultFunctionName)) {
    diags.report(where, diag::DefaultFunctionMissing, description.defaultFunctionName);
    ok = false;
  }
  for (const Function *function : model.program->functions()) {
    const FunctionDescription *described = description.function(function->name());
    if (!described) {
      diags.report(function->location(), diag::FunctionNotDescribed, function->name().str());
      ok = false;
    } else {
      ok &= InterfaceCheck(*function, *described, model.specificationVersion, diags).run();
    }
  }
  return ok;
}

/// What a model of a pipeline takes is an input of the pipeline or an output of a model before it, unless it may be left out; what the
/// pipeline gives is an output of one of them, or one of its inputs.
bool checkPipeline(const Model &model, DiagnosticEngine &diags) {
  bool ok = true;
  auto complain = [&](const std::string &who, const std::string &what) {
    ok = false;
    diags.report(placeOf(model), diag::PipelineStage, who, what);
  };
  if (!model.description)
    return ok;
  llvm::StringSet<> known;
  for (const FeatureDescription &input : model.description->main.inputs)
    known.insert(input.name);
  for (const auto &[i, stage] : llvm::enumerate(model.pipeline->models)) {
    std::string name = "model " + std::to_string(i);
    if (!stage->description) {
      complain(name, "has no description");
      return ok;
    }
    for (const FeatureDescription &input : stage->description->main.inputs)
      if (!known.contains(input.name) && !(input.type && input.type->optional))
        complain(name, "has the input '" + input.name + "', which is neither an input of the pipeline nor an output of an earlier model");
    for (const FeatureDescription &output : stage->description->main.outputs)
      known.insert(output.name);
  }
  for (const FeatureDescription &output : model.description->main.outputs)
    if (!known.contains(output.name))
      complain("no model", "computes '" + output.name + "', an output of the pipeline");
  return ok;
}

bool verifyOne(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options) {
  if (model.specificationVersion < 1)
    return diags.report(placeOf(model), diag::SpecificationVersion, model.specificationVersion), false;
  if (!model.program)
    return true;
  // The rules of operations are only checked in a valid graph.
  if (!verifyStructure(*model.program, diags))
    return false;
  bool ok = bool(verifyOperations(*model.program, diags, options));
  if (model.description)
    ok &= checkFunctions(model, diags);
  int required = requiredSpecificationVersion(model), first = specificationVersion(Opset::IOS15);
  if (model.specificationVersion < first) {
    // Programs for experiments may use any operation; no device runs them.
    diags.report(placeOf(model), diag::BeforePrograms, model.specificationVersion, first);
  } else if (model.specificationVersion < required) {
    diags.report(placeOf(model), diag::SpecificationTooLow, model.specificationVersion, required);
    ok = false;
  }
  return ok;
}

} // namespace

/// Looks at a model and then at those in it, in order.
static Status forEachModel(const Model &model, llvm::function_ref<bool(const Model &)> check) {
  bool ok = true;
  llvm::SmallVector<const Model *, 4> pending{&model};
  while (!pending.empty()) {
    const Model &next = *pending.pop_back_val();
    ok &= check(next);
    if (next.pipeline)
      for (const std::unique_ptr<Model> &stage : llvm::reverse(next.pipeline->models))
        pending.push_back(stage.get());
  }
  return ok ? success() : failure();
}

Status mil::verifyModel(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options) {
  return forEachModel(model, [&](const Model &next) {
    bool ok = verifyOne(next, diags, options);
    ok &= checkInterfaceRules(next, options.isText && !options.strict, diags);
    return ok & (!next.pipeline || checkPipeline(next, diags));
  });
}

Status mil::verifyDescription(const Model &model, DiagnosticEngine &diags) {
  return !model.program || !model.description || checkFunctions(model, diags) ? success() : failure();
}

Status mil::verifyInterface(const Model &model, DiagnosticEngine &diags, const VerifyOptions &options) {
  return forEachModel(model, [&](const Model &next) { return checkInterfaceRules(next, options.isText && !options.strict, diags); });
}
