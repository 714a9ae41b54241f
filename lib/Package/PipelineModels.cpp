#include "PipelineModels.h"
#include "mil/IR/ModelTypes.h"
#include "mil/Package/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace mil {

ModelPath splitModelPath(StringRef path) {
  if (path == "-" || !path.contains('#') || sys::fs::exists(path))
    return {path, ""};
  auto [file, model] = path.split('#');
  return {file, model};
}

/// "0 (ML program), 1 'nms' (non-maximum suppression)"
static std::string listModels(const Pipeline &pipeline) {
  std::string text;
  for (auto [i, model] : enumerate(pipeline.models)) {
    text += (i ? ", " : "") + std::to_string(i);
    if (i < pipeline.names.size())
      text += " '" + pipeline.names[i] + "'";
    StringRef type = model->program ? "ML program"
                                    : modelTypeName(model->pipeline    ? model->pipeline->field
                                                    : model->otherType ? model->otherType->field
                                                                       : 0);
    text += " (" + (type.empty() ? "unknown" : type.str()) + ")";
  }
  return text;
}

std::string describeInsteadOfProgram(const Model &model) {
  if (model.pipeline)
    return "a " + modelTypeName(model.pipeline->field).str() + " of the models " + listModels(*model.pipeline) +
           " (give one, as in IN#0 or with --model 0)";
  return "of type " + describeModelType(model.otherType ? model.otherType->field : 0);
}

Status takeModel(OpenedModel &opened, StringRef selector, DiagnosticEngine &diags) {
  for (StringRef each : llvm::split(selector, '#')) {
    Pipeline *pipeline = opened.model->pipeline.get();
    if (!pipeline)
      return diags.report({}, diag::NotAPipeline, opened.path, each);
    std::optional<size_t> number = selectedModel(pipeline->names, pipeline->models.size(), each);
    if (!number)
      return diags.report({}, diag::NoSuchModel, opened.path, each, listModels(*pipeline));
    std::unique_ptr<Model> taken = std::move(pipeline->models[*number]);
    opened.model = std::move(taken);
  }
  opened.extras.clear();
  opened.modelFile.clear();
  return success();
}

} // namespace mil
