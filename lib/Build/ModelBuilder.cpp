#include "mil/Build/DiagnosticKinds.h"
#include "mil/Build/FunctionBuilder.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

/// The given descriptions of a function's interface, beyond its signature.
struct ModelBuilder::Interface {
  Interface(Function &function) : function(function), names(function) {}
  Function &function;
  NameScope names;
  std::vector<FeatureDescription> features;
  std::string predictedFeature, probabilities;
};

ModelBuilder::ModelBuilder(Context &context, Opset opset) : context_(context), opset_(opset), program(std::make_unique<Program>(context)) {}
ModelBuilder::~ModelBuilder() = default;

FunctionBuilder ModelBuilder::function(llvm::StringRef name) {
  NameScope taken(context_);
  for (Function *other : program->functions())
    taken.add(other->name());
  Function *made = program->addFunction(taken.fresh(sanitizedIdentifier(name)), context_.intern(protoName(opset_)));
  interfaces.push_back(std::make_unique<Interface>(*made));
  return FunctionBuilder(*this, *made, made->body(), interfaces.back()->names);
}

FunctionBuilder ModelBuilder::edit(Function &function) {
  edited.push_back(std::make_unique<NameScope>(function));
  return FunctionBuilder(*this, function, function.body(), *edited.back());
}

void ModelBuilder::fail(Diagnostic diagnostic) {
  if (!firstError)
    firstError = std::move(diagnostic);
}

std::string ModelBuilder::error() const {
  if (!firstError)
    return {};
  std::string text;
  llvm::raw_string_ostream out(text);
  DiagnosticEngine().print(*firstError, out);
  return text;
}

void ModelBuilder::report(DiagnosticEngine &diags) const {
  if (firstError)
    DiagnosticEngine::InFlight(diags, *firstError).flush();
}

void ModelBuilder::describe(llvm::StringRef function, FeatureDescription feature) {
  for (auto &interface : interfaces)
    if (interface->function.name() == function)
      return interface->features.push_back(std::move(feature));
  DiagnosticEngine diags;
  diags.report(Location(), diag::NoSuchFunction, function);
  fail(diags.diagnostics().front());
}

void ModelBuilder::describeClassifier(llvm::StringRef function, llvm::StringRef predictedFeature, llvm::StringRef probabilities) {
  for (auto &interface : interfaces)
    if (interface->function.name() == function) {
      interface->predictedFeature = predictedFeature.str();
      interface->probabilities = probabilities.str();
      return;
    }
  DiagnosticEngine diags;
  diags.report(Location(), diag::NoSuchFunction, function);
  fail(diags.diagnostics().front());
}

void ModelBuilder::setMetadata(Metadata given) { metadata = std::move(given); }
void ModelBuilder::setDefaultFunction(llvm::StringRef name) { defaultFunction = name.str(); }

/// Puts a feature in the place of the one of its name; false when the function has none.
static bool replaceFeature(FunctionDescription &description, const FeatureDescription &feature) {
  for (std::vector<FeatureDescription> *list : {&description.inputs, &description.outputs, &description.states})
    for (FeatureDescription &each : *list)
      if (each.name == feature.name) {
        each = feature;
        return true;
      }
  return false;
}

Result<std::unique_ptr<Model>> ModelBuilder::finish(DiagnosticEngine &diags) {
  report(diags);
  if (firstError)
    return failure();
  auto model = std::make_unique<Model>();
  ModelDescription &description = model->description.emplace();
  description.metadata = metadata;
  bool single = interfaces.size() == 1 && interfaces.front()->function.name() == "main" && defaultFunction.empty();
  for (auto &interface : interfaces) {
    FunctionDescription described = describeFunction(interface->function);
    for (const FeatureDescription &feature : interface->features)
      if (!replaceFeature(described, feature))
        return diags.report(Location(), diag::NoSuchFeature, interface->function.name().str(), feature.name);
    described.predictedFeatureName = interface->predictedFeature;
    described.predictedProbabilitiesName = interface->probabilities;
    if (single) {
      described.name.clear();
      description.main = std::move(described);
    } else {
      described.name = interface->function.name().str().str();
      description.functions.push_back(std::move(described));
    }
  }
  if (!single && !interfaces.empty())
    description.defaultFunctionName = defaultFunction.empty() ? interfaces.front()->function.name().str().str() : defaultFunction;
  model->program = std::move(program);
  model->specificationVersion = requiredSpecificationVersion(*model);
  model->program->setDialect13(model->specificationVersion >= 9);
  program = std::make_unique<Program>(context_);
  interfaces.clear();
  if (!verifyModel(*model, diags))
    return failure();
  return model;
}
