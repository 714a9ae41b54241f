// Bare models (.mlmodel): the message Model alone, its weights beside it.
#include "Opener.h"
#include "Saver.h"
#include "WeightNames.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/Proto/Proto.h"

using namespace llvm;

namespace mil {

Result<std::unique_ptr<Model>> Opener::openSerialised(StringRef path, std::string weightsDir) {
  Result<const MappedFile *> mapped = map(path);
  if (!mapped)
    return failure();
  result.modelFile = path.str();
  ImportOptions import{&resolver(folderOf(path), std::move(weightsDir)), options.model};
  Result<std::unique_ptr<Model>> model = importModel((*mapped)->bytes(), (*mapped)->file(), context, diags, import);
  (*mapped)->release(0, (*mapped)->bytes().size());
  return model;
}

static Result<SaveResult> saveSerialised(Saver &at) {
  DiagnosticEngine &diags = at.diags;
  at.warnOfExtras();
  // A model that Core ML would refuse is not written where only Core ML would find out.
  if (!at.refuseInputs(at.path))
    return failure();
  Result<std::unique_ptr<OutputGroup>> output = OutputGroup::create(at.path, weightsFolder, at.options.force, diags);
  if (!output || !at.writeWeightsBeside(**output))
    return failure();
  WithoutCompilerTraces traces(at.model);
  if (!exportModel(at.model, at.weights.place(), (*output)->stream(), diags) || !at.commitBeside(**output))
    return failure();
  return at.weights.result();
}

const FormRow modelForm = {
    .form = Form::Model,
    .name = "model file (.mlmodel)",
    .extension = ".mlmodel",
    .isFolder = false,
    .isText = false,
    .savesOthers = true,
    .lacks = "",
    // A Model starts with its first field, the version: a varint.
    .recognise = [](StringRef head) { return head.starts_with("\x08"); },
    .open = [](Opener &opener, StringRef path) { return opener.openSerialised(path, opener.options.weightsDir); },
    .save = saveSerialised,
};

} // namespace mil
