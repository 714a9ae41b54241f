#include "DescriptionJson.h"
#include "Descriptions.h"
#include "Opener.h"
#include "PipelineModels.h"
#include "mil/IR/ModelTypes.h"
#include "mil/IR/Walk.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"
#include "mil/Support/ForeignContent.h"
#include "mil/Text/Parser.h"
#include "mil/Verify/Verify.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

Result<OpenedModel> openModel(StringRef path, Context &context, DiagnosticEngine &diags, const OpenOptions &options) {
  ModelPath parts = splitModelPath(path);
  std::string file = withoutTrailingSlash(parts.path).str();
  if (file != "-")
    finishInterrupted(file);
  Result<Form> form = formOfInput(file, diags);
  if (!form)
    return failure();
  Result<OpenedModel> opened = Opener(context, diags, options).open(file, *form);
  for (StringRef model : {parts.model, StringRef(options.model)})
    if (opened && !model.empty() && !takeModel(*opened, model, diags))
      return failure();
  return opened;
}

Result<OpenedModel> Opener::open(StringRef path, Form form) {
  result.form = form;
  result.path = path.str();
  auto opened = [&]() -> Result<std::unique_ptr<Model>> {
    switch (form) {
    case Form::Package:
      return openPackage(path);
    case Form::Model:
      return openSerialised(path, options.weightsDir);
    case Form::Compiled:
      return openCompiled(path, 0);
    case Form::Text:
      return openText(path);
    }
    return failure();
  }();
  // What was found wrong may be no more than that.
  for (const std::shared_ptr<const MappedFile> &file : result.files)
    if (!checkWhole(*file, diags))
      return failure();
  if (!opened)
    return failure();
  result.model = std::move(*opened);
  Model &model = *result.model;
  if (model.program && !model.description && !describe(model, ""))
    return failure();
  forEachProgram(model, [](Program &program, const Model &part) {
    if (part.description)
      orderFunctions(program, *part.description);
  });
  return std::move(result);
}

void Opener::addInput(StringRef path) {
  sys::fs::UniqueID id;
  if (!sys::fs::getUniqueID(path, id))
    result.inputs.push_back({id.getDevice(), id.getFile()});
}

Result<const MappedFile *> Opener::map(StringRef path) {
  // A stream, which has to be waited for, is what the user names, never what a model does.
  if (path != result.path && !refuseStream(path, diags))
    return failure();
  Result<std::unique_ptr<MappedFile>> opened = MappedFile::open(path, diags);
  if (!opened || !refuseForeign((*opened)->bytes(), path, diags))
    return failure();
  std::shared_ptr<const MappedFile> mapped = std::move(*opened);
  result.inputs.push_back(mapped->identity());
  result.files.push_back(mapped);
  context.keepAlive(mapped);
  return mapped.get();
}

BlobResolver &Opener::resolver(std::string folder, std::string weightsDir) {
  auto blobs = std::make_shared<BlobResolver>(std::move(folder), std::move(weightsDir));
  blobs->setMissing(options.missingWeights);
  context.keepAlive(blobs);
  result.blobs.push_back(blobs);
  return *blobs;
}

Result<std::unique_ptr<Model>> Opener::openSerialised(StringRef path, std::string weightsDir) {
  Result<const MappedFile *> mapped = map(path);
  if (!mapped)
    return failure();
  result.modelFile = path.str();
  ImportOptions import{&resolver(folderOf(path), std::move(weightsDir))};
  Result<std::unique_ptr<Model>> model = importModel((*mapped)->bytes(), (*mapped)->file(), context, diags, import);
  (*mapped)->release(0, (*mapped)->bytes().size());
  return model;
}

Result<std::unique_ptr<Program>> Opener::parse(StringRef path) {
  Result<const MappedFile *> mapped = map(path);
  if (!mapped)
    return failure();
  ParseOptions parsing{&resolver(path == "-" ? "." : folderOf(path), options.weightsDir)};
  return parseProgram(**mapped, context, diags, parsing);
}

Result<std::unique_ptr<Model>> Opener::openText(StringRef path) {
  Result<std::unique_ptr<Program>> program = parse(path);
  if (!program)
    return failure();
  auto model = std::make_unique<Model>();
  model->program = std::move(*program);
  std::string description = path == "-" ? "" : descriptionBeside(path);
  if (!describe(*model, description))
    return failure();
  // What stands beside a text that was edited must be edited with it. A compiled model is one piece, and as good as it is.
  bool isCompiled = sys::path::filename(description) == "coremldata.bin";
  if (!description.empty() && !isCompiled && (!verifyStructure(*model->program, diags) || !verifyDescription(*model, diags)))
    return diags.report({}, diag::DescriptionDisagrees, description, path).note({}, diag::DescriptionFix);
  return model;
}

Result<CompiledModel> Opener::readCompiled(StringRef path, uint32_t &file) {
  Result<const MappedFile *> mapped = map(path);
  if (!mapped)
    return failure();
  file = (*mapped)->file();
  return parseCompiledModel((*mapped)->bytes(), file, diags);
}

Status Opener::describe(Model &model, StringRef path) {
  if (path.empty()) {
    model.description = describeProgram(*model.program);
    if (model.specificationVersion == 0)
      model.specificationVersion = deriveSpecificationVersion(model);
    result.descriptionDerived = true;
    return success();
  }
  if (path.ends_with(descriptionExtension)) {
    Result<const MappedFile *> mapped = map(path);
    if (!mapped || !readDescriptionJson((*mapped)->bytes(), (*mapped)->file(), model, diags))
      return failure();
    if (model.specificationVersion == 0)
      model.specificationVersion = deriveSpecificationVersion(model);
    restoreOrder(*model.program, *model.description);
    return success();
  }
  uint32_t file;
  Result<CompiledModel> compiled = readCompiled(path, file);
  if (!compiled)
    return failure();
  if (compiled->type != CompiledModel::MLProgram)
    return diags.report({}, diag::CompiledModelType, path, describeModelType(int(compiled->type)));
  Result<ModelDescription> description = importDescription(compiled->description, file, diags);
  if (!description)
    return failure();
  // Compilers write an empty message where the source had none.
  if (sys::path::filename(path) == "coremldata.bin" && description->metadata == Metadata())
    description->metadata.reset();
  model.description = std::move(*description);
  model.specificationVersion = int(compiled->specificationVersion);
  restoreOrder(*model.program, *model.description);
  return success();
}

} // namespace mil
