#include "Opener.h"
#include "mil/IR/ModelTypes.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace mil {

/// Pipelines within pipelines: none was ever seen.
static constexpr unsigned maxPipelineDepth = 16;

Result<std::unique_ptr<Model>> Opener::openCompiled(StringRef folder, unsigned depth) {
  std::string coremldata = below(folder, "coremldata.bin");
  if (!sys::fs::exists(coremldata)) {
    if (!sys::fs::exists(below(folder, "model.mil")))
      return diags.report({}, diag::CompiledModelPart, folder, "coremldata.bin");
    diags.report({}, diag::DescriptionDerived, folder);
    return openCompiledProgram(folder);
  }
  uint32_t file;
  Result<CompiledModel> compiled = readCompiled(coremldata, file);
  if (!compiled)
    return failure();
  if (compiled->type == CompiledModel::MLProgram)
    return openCompiledProgram(folder);
  if (compiled->isPipeline() && depth < maxPipelineDepth)
    return openCompiledPipeline(folder, *compiled, file, depth);
  if (!compiled->hasDescription())
    return importModel(compiled->model, file, context, diags);
  return diags.report({}, diag::CompiledModelType, folder,
                      compiled->isPipeline() ? "pipeline, nested too deep" : describeModelType(int(compiled->type)));
}

Result<std::unique_ptr<Model>> Opener::openCompiledProgram(StringRef folder) {
  std::string text = below(folder, "model.mil");
  if (!sys::fs::exists(text))
    return diags.report({}, diag::CompiledModelPart, folder, "model.mil");
  return openText(text);
}

Result<std::unique_ptr<Model>> Opener::openCompiledPipeline(StringRef folder, const CompiledModel &compiled, uint32_t file,
                                                            unsigned depth) {
  auto model = std::make_unique<Model>();
  model->specificationVersion = int(compiled.specificationVersion);
  model->sourceFile = file;
  Result<ModelDescription> description = importDescription(compiled.description, file, diags);
  if (!description)
    return failure();
  if (description->metadata == Metadata())
    description->metadata.reset();
  model->description = std::move(*description);
  model->pipeline = std::make_unique<Pipeline>();
  model->pipeline->field = int(compiled.type);
  for (uint64_t i = 0; i != compiled.modelCount; ++i) {
    std::string part = "model" + std::to_string(i);
    std::string child = below(folder, part);
    if (!sys::fs::is_directory(child))
      return diags.report({}, diag::CompiledModelPart, folder, part + ", one of " + std::to_string(compiled.modelCount));
    Result<std::unique_ptr<Model>> opened = openCompiled(child, depth + 1);
    if (!opened)
      return failure();
    model->pipeline->models.push_back(std::move(*opened));
  }
  if (!readModelNames(folder, *model->pipeline))
    return failure();
  return model;
}

Status Opener::readModelNames(StringRef folder, Pipeline &pipeline) {
  std::string path = below(folder, "modelNames/coremldata.bin");
  if (!sys::fs::exists(path))
    return success();
  Result<const MappedFile *> mapped = map(path);
  if (!mapped)
    return failure();
  Result<std::vector<std::string>> names = parseModelNames((*mapped)->bytes(), (*mapped)->file(), diags);
  if (!names)
    return failure();
  pipeline.names = std::move(*names);
  return success();
}

} // namespace mil
