#include "mil/Diff/Diff.h"
#include "FunctionDiff.h"
#include "mil/IR/ModelTypes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace mil {

bool ModelDifference::empty() const {
  return model.empty() && llvm::all_of(functions, [](const FunctionDifference &function) { return function.empty(); }) && stages.empty();
}

namespace {

std::string kindOf(const Model &model) {
  if (model.program)
    return "ML program";
  return describeModelType(model.pipeline ? model.pipeline->field : model.otherType ? model.otherType->field : 0);
}

void diffMetadata(std::vector<Difference> &list, const Metadata &before, const Metadata &after) {
  addDifference(list, "metadata description", before.shortDescription, after.shortDescription);
  addDifference(list, "metadata version", before.version, after.version);
  addDifference(list, "metadata author", before.author, after.author);
  addDifference(list, "metadata license", before.license, after.license);
  for (const auto &[key, value] : before.userDefined) {
    auto other = after.userDefined.find(key);
    addDifference(list, "metadata key " + key, "'" + value + "'", other == after.userDefined.end() ? "" : "'" + other->second + "'");
  }
  for (const auto &[key, value] : after.userDefined)
    if (!before.userDefined.contains(key))
      addDifference(list, "metadata key " + key, "", "'" + value + "'");
}

/// The program's attributes, buildInfo key by key but for what the Core ML compiler adds, as texts by what they are.
std::map<std::string, std::string> attributesOf(const Program &program) {
  std::map<std::string, std::string> texts;
  for (const Attribute &attribute : program.attributes()) {
    std::string name = attribute.name.str().str();
    if (name != "buildInfo" || attribute.value->kind() != Literal::Kind::Dict) {
      texts["program attribute " + name] = shortText(*attribute.value);
      continue;
    }
    llvm::ArrayRef<const Literal *> entries = attribute.value->elements();
    for (size_t i = 0; i + 1 < entries.size(); i += 2)
      if (llvm::StringRef key = entries[i]->asString().value_or(""); !key.starts_with("coremlc-"))
        texts["build information " + key.str()] = shortText(*entries[i + 1]);
  }
  return texts;
}

void diffProgramAttributes(std::vector<Difference> &list, const Program &before, const Program &after) {
  auto was = attributesOf(before), is = attributesOf(after);
  for (const auto &[what, text] : was)
    addDifference(list, what, text, is.count(what) ? is[what] : "");
  for (const auto &[what, text] : is)
    if (!was.count(what))
      addDifference(list, what, "", text);
  addDifference(list, "documentation of the program", before.docString().str(), after.docString().str());
  if (before.protoExtra(&before) != after.protoExtra(&after))
    list.push_back({Change::Changed, "fields of the program unknown to milc", "", ""});
}

std::vector<Difference> diffAround(const Model &before, const Model &after) {
  std::vector<Difference> list;
  addDifference(list, "kind", kindOf(before), kindOf(after));
  addDifference(list, "specification version", std::to_string(before.specificationVersion), std::to_string(after.specificationVersion));
  static const ModelDescription nothing;
  const ModelDescription &was = before.description ? *before.description : nothing;
  const ModelDescription &is = after.description ? *after.description : nothing;
  diffMetadata(list, was.metadata.value_or(Metadata()), is.metadata.value_or(Metadata()));
  addDifference(list, "default function", was.defaultFunctionName, is.defaultFunctionName);
  diffFeatures(list, "training input", was.trainingInputs, is.trainingInputs, nullptr, nullptr);
  addDifference(list, "updatable", before.updatable ? "yes" : "no", after.updatable ? "yes" : "no");
  std::string unknownBefore = before.protoExtra + was.protoExtra + was.metadata.value_or(Metadata()).protoExtra;
  std::string unknownAfter = after.protoExtra + is.protoExtra + is.metadata.value_or(Metadata()).protoExtra;
  if (unknownBefore != unknownAfter)
    list.push_back({Change::Changed, "fields of the model unknown to milc", "", ""});
  if (before.program && after.program)
    diffProgramAttributes(list, *before.program, *after.program);
  if (before.otherType && after.otherType && before.otherType->bytes != after.otherType->bytes)
    list.push_back({Change::Changed, "content of the model", "", ""});
  if (!before.program && !after.program)
    for (auto [kind, features] : {std::pair("input", &FunctionDescription::inputs), std::pair("output", &FunctionDescription::outputs)})
      diffFeatures(list, kind, was.main.*features, is.main.*features, nullptr, nullptr);
  return list;
}

/// The interface that a model gives to a function; a model with one function gives it to that one, under any name.
FunctionDescription interfaceOf(const Model &model, const Function &function) {
  if (model.description)
    if (const FunctionDescription *described = model.description->functions.empty() && model.program->functions().size() == 1
                                                   ? &model.description->main
                                                   : model.description->function(function.name()))
      return *described;
  return describeFunction(function);
}

/// Functions by name, in the order before; then those that are new. A lone function left on either side is the same, renamed.
std::vector<std::pair<const Function *, const Function *>> pairFunctions(const Program &before, const Program &after) {
  std::vector<std::pair<const Function *, const Function *>> pairs;
  std::vector<size_t> gone;
  llvm::MapVector<Name, const Function *> left;
  for (const Function *function : after.functions())
    left[function->name()] = function;
  for (const Function *function : before.functions()) {
    const Function *same = left.lookup(function->name());
    left.erase(function->name());
    if (!same)
      gone.push_back(pairs.size());
    pairs.push_back({function, same});
  }
  if (gone.size() == 1 && left.size() == 1) {
    pairs[gone.front()].second = left.front().second;
    left.clear();
  }
  for (auto [name, function] : left)
    pairs.push_back({nullptr, function});
  return pairs;
}

Status diffPrograms(DiffState &state, ModelDifference &difference) {
  for (auto [before, after] : pairFunctions(*state.before.program, *state.after.program)) {
    if (!before || !after) {
      const Function &only = before ? *before : *after;
      FunctionDifference whole;
      whole.change = before ? Change::Removed : Change::Added;
      whole.name = only.name().str().str();
      whole.operationCount = countOperations(only);
      difference.functions.push_back(std::move(whole));
      continue;
    }
    Result<FunctionDifference> functions =
        diffFunctions(*before, interfaceOf(state.before, *before), *after, interfaceOf(state.after, *after), state);
    if (!functions)
      return failure();
    if (!functions->empty() || functions->uncompared)
      difference.functions.push_back(std::move(*functions));
  }
  return success();
}

} // namespace

Result<ModelDifference> diffModels(const Model &before, const Model &after, DiagnosticEngine &diags, const DiffOptions &options) {
  ModelDifference difference;
  difference.model = diffAround(before, after);
  if (before.program && after.program) {
    DiffState state{before, after, options, diags};
    if (!diffPrograms(state, difference))
      return failure();
  }
  if (!before.pipeline || !after.pipeline)
    return difference;
  const Pipeline &was = *before.pipeline, &is = *after.pipeline;
  addDifference(difference.model, "number of models", std::to_string(was.models.size()), std::to_string(is.models.size()));
  addDifference(difference.model, "names of models", llvm::join(was.names, ", "), llvm::join(is.names, ", "));
  for (size_t i = 0; i < std::min(was.models.size(), is.models.size()); ++i) {
    // Pipelines in pipelines are bounded by their reader.
    Result<ModelDifference> stage = diffModels(*was.models[i], *is.models[i], diags, options);
    if (!stage)
      return failure();
    if (!stage->empty())
      difference.stages.push_back({i, std::move(*stage)});
  }
  return difference;
}

} // namespace mil
