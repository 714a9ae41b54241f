#include "mil/Link/Pipeline.h"
#include "ModelFunctions.h"
#include "mil/IR/Cloning.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// A model with all that is in it. Recursive on pipelines within pipelines, which are as deep as their reader allows.
static std::unique_ptr<Model> copyOfModel(const Model &from, Context &context) {
  std::unique_ptr<Model> copy;
  if (from.program) {
    copy = emptyModelLike(from, context);
    for (const Function *function : from.program->functions())
      cloneFunction(*function, *copy->program, function->name());
  } else {
    copy = std::make_unique<Model>();
    copy->specificationVersion = from.specificationVersion;
    copy->protoExtra = from.protoExtra;
    copy->otherType = from.otherType;
  }
  copy->description = from.description;
  copy->updatable = from.updatable;
  copy->sourceFile = from.sourceFile;
  if (!from.pipeline)
    return copy;
  const Pipeline &stages = *from.pipeline;
  copy->pipeline = std::make_unique<Pipeline>(Pipeline{stages.field, {}, stages.names, stages.protoExtra, stages.wrapperExtra});
  for (const std::unique_ptr<Model> &stage : stages.models)
    copy->pipeline->models.push_back(copyOfModel(*stage, context));
  return copy;
}

namespace {

/// The interface of a pipeline, from those of its models.
class PipelineInterface {
public:
  PipelineInterface(Model &model, DiagnosticEngine &diags) : model(model), description(model.description->main), diags(diags) {}

  Status make() {
    describeByReaders();
    for (auto [number, stage] : llvm::enumerate(model.pipeline->models))
      if (!add(number, stage->description->main))
        return failure();
    addOutputs();
    return success();
  }

private:
  Status add(size_t number, const FunctionDescription &stage) {
    for (const FeatureDescription &input : stage.inputs)
      if (!giver.contains(input.name) && taken.insert(input.name).second)
        description.inputs.push_back(input);
    for (const FeatureDescription &state : stage.states)
      if (states.insert(state.name).second)
        description.states.push_back(state);
    for (const FeatureDescription &output : stage.outputs)
      if (auto [first, isNew] = giver.try_emplace(output.name, number); !isNew)
        return diags.report({}, diag::PipelineModel, number,
                            "has the output '" + output.name + "', which is also an output of model " + std::to_string(first->second));
    return success();
  }

  /// Outputs that no later model reads, in the order of the models.
  void addOutputs() {
    llvm::ArrayRef<std::unique_ptr<Model>> stages = model.pipeline->models;
    std::vector<FeatureDescription> &outputs = description.outputs;
    llvm::StringSet<> read;
    for (const std::unique_ptr<Model> &stage : llvm::reverse(stages)) {
      std::vector<FeatureDescription> unread;
      llvm::copy_if(stage->description->main.outputs, std::back_inserter(unread),
                    [&](const FeatureDescription &output) { return !read.contains(output.name); });
      outputs.insert(outputs.begin(), unread.begin(), unread.end());
      for (const FeatureDescription &input : stage->description->main.inputs)
        read.insert(input.name);
    }
  }

  void describeByReaders() {
    llvm::StringMap<const FeatureType *> reader;
    for (const std::unique_ptr<Model> &stage : llvm::reverse(model.pipeline->models)) {
      for (FeatureDescription &output : stage->description->main.outputs) {
        const auto *array = output.type ? output.type->as<MultiArrayFeature>() : nullptr;
        const FeatureType *asRead = reader.lookup(output.name);
        if (asRead && array && array->shape.empty())
          output.type = *asRead;
      }
      for (const FeatureDescription &input : stage->description->main.inputs)
        if (input.type)
          reader[input.name] = &*input.type;
    }
  }

  Model &model;
  FunctionDescription &description;
  DiagnosticEngine &diags;
  llvm::StringMap<size_t> giver;
  llvm::StringSet<> taken, states;
};

} // namespace

Result<std::unique_ptr<Model>> makePipeline(llvm::ArrayRef<const OpenedModel *> models, Context &context, DiagnosticEngine &diags) {
  if (models.size() < 2)
    return diags.report({}, diag::PipelineTooFew);
  auto made = std::make_unique<Model>();
  made->description.emplace();
  made->pipeline = std::make_unique<Pipeline>();
  for (auto [number, opened] : llvm::enumerate(models)) {
    const Model &stage = *opened->model;
    if (stage.description->functions.size() > 1)
      return diags.report({}, diag::PipelineModel, number, "has several functions; extract one of them");
    std::unique_ptr<Model> copy = copyOfModel(stage, context);
    // Models in a pipeline have no list of functions: a list of one becomes the only function, main.
    if (std::vector<FunctionDescription> functions = std::move(copy->description->functions); !functions.empty()) {
      copy->description->main = std::move(functions.front());
      copy->description->main.name.clear();
      copy->description->functions.clear();
      copy->description->defaultFunctionName.clear();
      copy->program->functions().front()->setName(context.intern("main"));
    }
    made->specificationVersion = std::max(made->specificationVersion, stage.specificationVersion);
    made->pipeline->models.push_back(std::move(copy));
  }
  if (!PipelineInterface(*made, diags).make())
    return failure();
  made->specificationVersion = std::max(made->specificationVersion, requiredSpecificationVersion(*made));
  return made;
}

} // namespace mil
