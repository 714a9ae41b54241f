#include "Descriptions.h"
#include "Opener.h"
#include "PipelineModels.h"
#include "mil/IR/Walk.h"
#include "mil/Support/ForeignContent.h"
#include "mil/Verify/Verify.h"
#include "llvm/Support/FileSystem.h"

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
  OpenOptions selecting = options;
  if (!parts.model.empty())
    selecting.model = parts.model.str() + (options.model.empty() ? "" : "#" + options.model);
  Result<OpenedModel> opened = Opener(context, diags, selecting).open(file, *form);
  if (opened && !selecting.model.empty() && !takeModel(*opened, selecting.model, diags))
    return failure();
  return opened;
}

Status verifyOpened(const OpenedModel &opened, DiagnosticEngine &diags, bool strict) {
  // A model.mil in a compiled folder without description is only text, too.
  return verifyModel(*opened.model, diags, {.strict = strict, .isText = opened.form == Form::Text || opened.descriptionDerived});
}

Result<OpenedModel> Opener::open(StringRef path, Form form) {
  result.form = form;
  result.path = path.str();
  Result<std::unique_ptr<Model>> opened = rowOf(form).open(*this, path);
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
  // Only users may name a stream, whose data has to be waited for, never a model.
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

} // namespace mil
