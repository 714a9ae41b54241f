#include "Saver.h"
#include "TextLosses.h"
#include "mil/IR/Verifier.h"
#include "mil/IR/Walk.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/PendingPath.h"
#include "mil/Verify/Verify.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace mil {

/// The form of an output, if the model can be saved in it.
static Result<Form> formOfOutput(const Model &model, StringRef path, DiagnosticEngine &diags) {
  std::optional<Form> form = formOfPath(path);
  if (!form)
    return diags.report({}, diag::UnknownOutputForm, path);
  const FormRow &row = rowOf(*form);
  if (!row.savesOthers && !model.program)
    return diags.report({}, diag::NotAProgram, path, describeInsteadOfProgram(model));
  if (row.isText && model.program && hasUnnamedTypes(model))
    return diags.report({}, diag::TypesWithoutText, path);
  return *form;
}

/// What was read of files that were made shorter meanwhile may be zeros.
static Status checkSources(ArrayRef<const OpenedModel *> sources, DiagnosticEngine &diags) {
  for (const OpenedModel *source : sources)
    for (const std::shared_ptr<const MappedFile> &file : source->files)
      if (!checkWhole(*file, diags))
        return failure();
  return success();
}

/// A model that readers or `milc verify` would refuse is not written; to a stream, any model that can be read, so that people can look at
/// it. Of the warnings only those about interfaces for devices are reported, because only they may be news: the others are about the input.
static Status checkSound(const Model &model, Form form, bool toStream, DiagnosticEngine &diags) {
  if (toStream) {
    bool sound = true;
    forEachProgram(model, [&](Program &program, const Model &) { sound &= bool(verifyStructure(program, diags)); });
    return sound ? success() : failure();
  }
  VerifyOptions rules{.isText = form == Form::Text};
  if (DiagnosticEngine unheard; !verifyModel(model, unheard, rules))
    return verifyModel(model, diags, rules);
  return rules.isText ? success() : verifyInterface(model, diags);
}

Result<SaveResult> saveModel(const Model &model, StringRef path, DiagnosticEngine &diags, const SaveOptions &options,
                             ArrayRef<const OpenedModel *> sources) {
  path = withoutTrailingSlash(path);
  Result<Form> form = formOfOutput(model, path, diags);
  if (!form || !checkSources(sources, diags) || !checkSound(model, *form, isStream(path), diags))
    return failure();
  Saver saver(model, path, diags, options, sources);
  return rowOf(*form).save(saver);
}

Status checkOutput(StringRef path, DiagnosticEngine &diags, const SaveOptions &options, const Model *model,
                   ArrayRef<const OpenedModel *> sources) {
  path = withoutTrailingSlash(path);
  std::optional<Form> form = formOfPath(path);
  if (!form)
    return diags.report({}, diag::UnknownOutputForm, path);
  if ((model && !formOfOutput(*model, path, diags)) || !refuseInputs(path, sources, diags))
    return failure();
  return (rowOf(*form).isFolder ? checkOutputFolder : checkOutputFile)(path, options.force, diags);
}

Saver::Saver(const Model &model, StringRef path, DiagnosticEngine &diags, const SaveOptions &options, ArrayRef<const OpenedModel *> sources)
    : model(model), path(path), diags(diags), options(options), sources(sources), inputs(sources), weights(inputs, diags) {}

/// An output that is an input, or a folder that holds one.
static Status refuse(StringRef output, const SourceFiles &inputs, DiagnosticEngine &diags) {
  if (isStream(output))
    return success();
  if (inputs.containsPath(output))
    return diags.report({}, diag::OutputIsInput, output);
  if (inputs.isWithin(output))
    return diags.report({}, diag::OutputWithinInput, output);
  if (!sys::fs::is_directory(output))
    return success();
  std::error_code error;
  for (sys::fs::recursive_directory_iterator it(output, error, /*follow_symlinks=*/false), end; it != end && !error; it.increment(error))
    if (inputs.containsPath(it->path()))
      return diags.report({}, diag::OutputIsInput, output).note({}, diag::InputWithin, it->path());
  return success();
}

Status Saver::refuseInputs(StringRef output) { return refuse(output, inputs, diags); }

Status refuseInputs(StringRef output, ArrayRef<const OpenedModel *> sources, DiagnosticEngine &diags) {
  return refuse(output, SourceFiles(sources), diags);
}

void Saver::warnOfExtras() {
  size_t count = 0;
  for (const OpenedModel *source : sources)
    count += source->extras.size();
  if (count)
    diags.report({}, diag::ItemsDropped, count);
}

Status Saver::writePart(StringRef file, function_ref<Status(raw_ostream &)> fill) {
  std::error_code error;
  raw_fd_ostream out(file, error, sys::fs::CD_CreateNew);
  if (!error) {
    bool filled = bool(fill(out));
    out.close();
    error = out.error();
    out.clear_error(); // else the stream's end is the process's
    if (!filled)
      return failure();
  }
  return error ? diags.report({}, diag::CannotWrite, finalPath(file), error.message()) : success();
}

} // namespace mil
