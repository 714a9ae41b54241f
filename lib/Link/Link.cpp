#include "mil/Link/Link.h"
#include "FunctionNames.h"
#include "MetadataUnion.h"
#include "mil/IR/Cloning.h"
#include "mil/IR/Walk.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

using llvm::ArrayRef;

namespace mil {

namespace {

class Merger {
public:
  Merger(ArrayRef<MergeInput> inputs, const MergeOptions &options, Context &context, DiagnosticEngine &diags)
      : inputs(inputs), options(options), context(context), diags(diags) {}
  Result<MergedModel> merge();

private:
  bool needsList() const;
  std::string quotedNames() const;
  void copyFunctions();
  void describe(const TakenFunction &function);
  Status chooseDefault();
  Status uniteMetadata();
  Status findSources();
  void reportLeftOut();
  void describeBytes();
  uint64_t weightBytes() const;

  ArrayRef<MergeInput> inputs;
  const MergeOptions &options;
  Context &context;
  DiagnosticEngine &diags;
  std::vector<TakenFunction> taken;
  MergedModel merged;
};

/// Whether the result lists its functions, or is a plain model.
bool Merger::needsList() const {
  if (taken.size() > 1 || !options.defaultFunction.empty() || !inputs[0].name.empty() || taken[0].name != "main")
    return true;
  return !inputs[0].model->model->description->functions.empty();
}

void Merger::copyFunctions() {
  for (const TakenFunction &function : taken) {
    const Function *copy = cloneFunction(*function.function, *merged.model->program, context.intern(function.name));
    describe(function);
    size_t operations = 0;
    copy->body().walk([&](const Operation &) { ++operations; });
    merged.origins.push_back({function.name, function.input, function.function->name().str().str(), operations});
  }
}

void Merger::describe(const TakenFunction &function) {
  FunctionDescription description;
  if (function.description) {
    description = *function.description;
  } else {
    description = describeFunction(*function.function);
    diags.report({}, diag::MergeNotDescribed, inputs[function.input].model->path, function.function->name());
  }
  ModelDescription &all = *merged.model->description;
  description.name = needsList() ? function.name : "";
  if (needsList())
    all.functions.push_back(std::move(description));
  else
    all.main = std::move(description);
  if (const Model &from = *inputs[0].model->model; !needsList()) {
    all.trainingInputs = from.description->trainingInputs;
    merged.model->updatable = from.updatable;
  }
}

std::string Merger::quotedNames() const {
  return llvm::join(llvm::map_range(taken, [](const TakenFunction &function) { return "'" + function.name + "'"; }), ", ");
}

Status Merger::chooseDefault() {
  if (!needsList())
    return success();
  std::string &chosen = merged.model->description->defaultFunctionName;
  chosen = options.defaultFunction.empty() ? taken[0].name : options.defaultFunction;
  if (merged.model->program->function(chosen))
    return success();
  return diags.report({}, diag::MergeUnknownDefault, chosen, quotedNames());
}

Status Merger::uniteMetadata() {
  MetadataUnion all(*merged.model, diags);
  const std::string &wanted = options.metadataFrom;
  if (wanted.empty()) {
    for (const MergeInput &input : inputs)
      all.add(*input.model);
    return success();
  }
  for (const TakenFunction &function : taken)
    if (const OpenedModel &model = *inputs[function.input].model; function.name == wanted || model.path == wanted) {
      all.add(model);
      return success();
    }
  return diags.report({}, diag::MergeUnknownSource, wanted, quotedNames());
}

/// Texts that lie beside the models can't follow functions from several of them.
Status Merger::findSources() {
  for (const MergeInput &input : inputs)
    if (!llvm::is_contained(merged.sources, input.model))
      merged.sources.push_back(input.model);
  if (merged.sources.size() == 1)
    return success();
  for (const MergeInput &input : inputs)
    if (!applyOverlays(*input.model, diags)) // a second call has no effect
      return failure();
  return success();
}

void Merger::reportLeftOut() {
  for (const OpenedModel *source : merged.sources) {
    const Model &model = *source->model;
    if (needsList() && (model.updatable || !model.description->trainingInputs.empty()))
      diags.report({}, diag::MergeTrainingLeftOut, source->path);
    if (merged.sources.size() > 1)
      for (const OpenedModel::Extra &extra : source->extras)
        diags.report({}, diag::MergeItemLeftOut, extra.path, source->path);
  }
}

uint64_t Merger::weightBytes() const {
  uint64_t bytes = 0;
  std::vector<llvm::DenseSet<const Blob *>> counted(inputs.size());
  for (const TakenFunction &function : taken) {
    llvm::DenseSet<const Blob *> &mine = counted[function.input];
    forEachLiteral(std::as_const(*function.function).body(), [&](const Literal &literal, const LiteralPlace &) {
      if (literal.isBlob() && literal.blob() && mine.insert(literal.blob()).second)
        bytes += literal.blob()->size();
    });
  }
  return bytes;
}

/// A model of an older version describes int8 values as something else, which is let pass there; the version of the result may be one that
/// has int8, where it would be wrong.
void Merger::describeBytes() {
  Model &model = *merged.model;
  if (model.specificationVersion < specificationVersion(Opset::IOS26))
    return;
  auto correct = [](FeatureDescription &feature, const Value *value) {
    auto *array = feature.type ? feature.type->as<MultiArrayFeature>() : nullptr;
    if (array && value && value->type().isTensor() && value->type().dtype() == DType::Int8)
      array->dataType = *toArrayDataType(DType::Int8);
  };
  for (const Function *function : model.program->functions()) {
    FunctionDescription *described = &model.description->main;
    for (FunctionDescription &each : model.description->functions)
      if (each.name == function->name().str())
        described = &each;
    for (FeatureDescription &input : described->inputs)
      correct(input, function->body().input(input.name));
    for (FeatureDescription &output : described->outputs)
      for (const Operand &operand : function->outputs())
        if (operand.value() && operand.value()->name() == output.name)
          correct(output, operand.value());
  }
}

Result<MergedModel> Merger::merge() {
  if (!findSources())
    return failure();
  Result<std::vector<TakenFunction>> functions = takeFunctions(inputs, diags);
  if (!functions)
    return failure();
  taken = std::move(*functions);
  if (!nameFunctions(taken, inputs, diags))
    return failure();

  merged.model = std::make_unique<Model>();
  merged.model->description.emplace();
  merged.model->program = std::make_unique<Program>(context);
  const Program &first = *inputs[0].model->model->program;
  merged.model->program->setVersion(first.version());
  copyFunctions();
  if (!chooseDefault() || !uniteMetadata())
    return failure();
  reportLeftOut();
  merged.weightBytesBefore = weightBytes();
  merged.model->specificationVersion = requiredSpecificationVersion(*merged.model);
  describeBytes();
  merged.model->program->setDialect13(needsList() || first.dialect13());
  return std::move(merged);
}

} // namespace

Result<MergedModel> mergeModels(ArrayRef<MergeInput> inputs, const MergeOptions &options, Context &context, DiagnosticEngine &diags) {
  assert(!inputs.empty());
  return Merger(inputs, options, context, diags).merge();
}

} // namespace mil
