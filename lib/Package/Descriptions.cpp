#include "Descriptions.h"
#include "Form.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

ModelDescription describeProgram(const Program &program) {
  ModelDescription description;
  ArrayRef<Function *> functions = program.functions();
  if (functions.size() == 1 && functions.front()->name() == "main") {
    description.main = describeFunction(*functions.front());
    description.main.name.clear();
    return description;
  }
  for (const Function *function : functions) {
    description.functions.push_back(describeFunction(*function));
    description.functions.back().name = function->name().str().str();
  }
  if (!functions.empty())
    description.defaultFunctionName = program.function("main") ? "main" : functions.front()->name().str().str();
  return description;
}

namespace {

/// The index in `have` of each of `wanted`; nullopt unless both contain the same names, each once.
std::optional<SmallVector<unsigned>> positions(ArrayRef<StringRef> wanted, ArrayRef<StringRef> have) {
  if (wanted.size() != have.size())
    return std::nullopt;
  StringMap<unsigned> places;
  for (auto [i, name] : enumerate(have))
    if (!places.try_emplace(name, unsigned(i)).second)
      return std::nullopt;
  SmallVector<unsigned> order;
  for (StringRef name : wanted) {
    auto found = places.find(name);
    if (found == places.end())
      return std::nullopt;
    order.push_back(found->second);
    places.erase(found);
  }
  return order;
}

/// Whether functions and inputs are in the order in which text prints them.
bool isSorted(const Program &program) {
  auto byName = [](const auto *a, const auto *b) { return a->name() < b->name(); };
  return is_sorted(program.functions(), byName) &&
         all_of(program.functions(), [&](const Function *function) { return is_sorted(function->inputs(), byName); });
}

} // namespace

std::optional<SmallVector<unsigned>> inputOrder(const Function &function, const FunctionDescription &description) {
  SmallVector<StringRef> wanted, have;
  for (const auto *features : {&description.inputs, &description.states})
    for (const FeatureDescription &feature : *features)
      wanted.push_back(feature.name);
  for (const Value *input : function.inputs())
    have.push_back(input->name().str());
  return positions(wanted, have);
}

void orderFunctions(Program &program, const ModelDescription &description) {
  SmallVector<StringRef> wanted, have;
  for (const FunctionDescription &function : description.functions)
    wanted.push_back(function.name);
  for (const Function *function : program.functions())
    have.push_back(function->name().str());
  if (auto order = positions(wanted, have)) {
    SmallVector<Function *> functions;
    for (unsigned place : *order)
      functions.push_back(program.functions()[place]);
    program.reorderFunctions(functions);
  }
}

void restoreOrder(Program &program, const ModelDescription &description) {
  orderFunctions(program, description);
  for (Function *function : program.functions())
    if (const FunctionDescription *described = description.function(function->name()))
      if (auto inputs = inputOrder(*function, *described))
        function->body().reorderInputs(*inputs);
}

int deriveSpecificationVersion(const Model &model) {
  int required = requiredSpecificationVersion(model);
  const Literal *buildInfo = model.program ? model.program->attribute("buildInfo") : nullptr;
  bool compiled = buildInfo && buildInfo->kind() == Literal::Kind::Dict &&
                  any_of(buildInfo->elements(), [](const Literal *text) { return text->asString() == "coremlc-version"; });
  return compiled && model.program->dialect13() ? std::max(required, specificationVersion(Opset::IOS18)) : required;
}

bool textTellsAll(const Model &model) {
  return model.program && model.description && isSorted(*model.program) && *model.description == describeProgram(*model.program) &&
         model.specificationVersion == deriveSpecificationVersion(model);
}

std::string descriptionBeside(StringRef path) {
  for (StringRef extension : {StringRef(descriptionExtension), StringRef(".coremldata.bin")}) {
    SmallString<256> beside(path);
    sys::path::replace_extension(beside, extension);
    if (sys::fs::exists(beside))
      return std::string(beside);
  }
  std::string compiled = below(folderOf(path), "coremldata.bin");
  return sys::path::filename(path) == "model.mil" && sys::fs::exists(compiled) ? compiled : "";
}

namespace {

/// Counts what a description has that signatures don't tell.
class DescribedCounter {
public:
  explicit DescribedCounter(const Model &model) {
    if (!model.description)
      return;
    const ModelDescription &description = *model.description;
    add(description.main);
    for (const FunctionDescription &function : description.functions)
      add(function);
    metadata = description.metadata.has_value();
    training = description.trainingInputs.size();
    ModelDescription derived = describeProgram(*model.program);
    functions = description.defaultFunctionName != derived.defaultFunctionName;
  }

  std::string list() const {
    std::string text;
    auto add = [&](size_t count, StringRef one, StringRef many) {
      if (count)
        text += (text.empty() ? "" : ", ") + (count == 1 ? one.str() : std::to_string(count) + " " + many.str());
    };
    add(images, "an image", "images");
    add(flexible, "a flexible shape", "flexible shapes");
    add(optional, "an optional input", "optional inputs");
    add(texts, "a description of a feature", "descriptions of features");
    add(predicted, "the names of predicted features", "names of predicted features");
    add(training, "an input for training", "inputs for training");
    add(metadata, "metadata", "");
    add(functions, "the default function", "");
    return text.empty() ? "the order of functions and inputs, or the specification version" : text;
  }

private:
  void add(const FunctionDescription &function) {
    for (const auto *features : {&function.inputs, &function.outputs, &function.states})
      for (const FeatureDescription &feature : *features)
        add(feature);
    predicted += !function.predictedFeatureName.empty();
  }
  void add(const FeatureDescription &feature) {
    texts += !feature.shortDescription.empty();
    if (!feature.type)
      return;
    images += feature.type->as<ImageFeature>() != nullptr;
    optional += feature.type->optional;
    const auto *array = feature.type->as<MultiArrayFeature>();
    flexible += array && !std::holds_alternative<std::monostate>(array->flexibility);
  }

  size_t images = 0, flexible = 0, optional = 0, texts = 0, predicted = 0, training = 0, metadata = 0, functions = 0;
};

} // namespace

std::string describedLosses(const Model &model) { return DescribedCounter(model).list(); }

} // namespace mil
