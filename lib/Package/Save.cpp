#include "DescriptionJson.h"
#include "Descriptions.h"
#include "Saver.h"
#include "TextLosses.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

Result<SaveResult> saveModel(const Model &model, StringRef path, DiagnosticEngine &diags, const SaveOptions &options,
                             ArrayRef<const OpenedModel *> sources) {
  path = withoutTrailingSlash(path);
  std::optional<Form> form = formOfPath(path);
  if (!form)
    return diags.report({}, diag::UnknownOutputForm, path);
  if (form == Form::Text && !model.program)
    return diags.report({}, diag::NotAProgram, path, describeInsteadOfProgram(model));
  return Saver(model, path, diags, options, sources).save(*form);
}

Saver::Saver(const Model &model, StringRef path, DiagnosticEngine &diags, const SaveOptions &options, ArrayRef<const OpenedModel *> sources)
    : model(model), path(path), diags(diags), options(options), sources(sources), inputs(sources), weights(inputs, diags) {}

Saver::~Saver() {
  for (const std::string &folder : reverse(made))
    (void)sys::fs::remove(folder); // only when empty: an output that failed is gone by now
}

Status Saver::makeFolder(const std::string &folder) {
  size_t first = made.size();
  for (std::string each = folder; each != "." && !sys::fs::exists(each); each = folderOf(each))
    made.insert(made.begin() + ptrdiff_t(first), each);
  if (std::error_code error = sys::fs::create_directories(folder))
    return diags.report({}, diag::CannotWrite, folder, error.message());
  return success();
}

Result<SaveResult> Saver::save(Form form) {
  if (form == Form::Compiled)
    return saveCompiled();
  // A model that Core ML would refuse is not written where only Core ML would find out.
  if (form != Form::Text && !verifyInterface(model, diags))
    return failure();
  Status saved = form == Form::Package ? savePackage() : form == Form::Model ? saveSerialised() : path == "-" ? printText() : saveText();
  if (!saved)
    return failure();
  return weights.result();
}

/// An output that is an input, or a folder that holds one.
static Status refuse(StringRef output, const SourceFiles &inputs, DiagnosticEngine &diags) {
  if (inputs.containsPath(output))
    return diags.report({}, diag::OutputIsInput, output);
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
  return error ? diags.report({}, diag::CannotWrite, file, error.message()) : success();
}

// ---- Outputs that are a file with its weights beside it ---------------------

std::string Saver::sidecarPath() const {
  SmallString<256> sidecar(path);
  sys::path::replace_extension(sidecar, descriptionExtension);
  return std::string(sidecar);
}

Status Saver::planBeside() {
  WeightPlan::Request request;
  request.layout = options.layout;
  request.moveFrom = options.externalizeFrom.value_or(0);
  request.folder = folderOf(path);
  request.stem = sys::path::stem(path).str();
  request.reserved = {sys::path::filename(path).str(), sys::path::filename(sidecarPath()).str()};
  return weights.make(model, request, options.progress);
}

/// Begins all outputs before the first long copy, so that what is in the way is told at once.
Status Saver::writeWeightsBeside(std::vector<std::unique_ptr<OutputFile>> &outputs) {
  std::string folder = folderOf(path);
  for (const WeightPlan::File &file : weights.files()) {
    if (file.inPlace)
      continue;
    std::string why;
    Result<std::string> target = pathWithin(folder, file.path, why);
    if (!target)
      return diags.report({}, diag::CannotWrite, below(folder, file.path), why);
    if (!refuseInputs(*target))
      return failure();
    if (!makeFolder(folderOf(*target)))
      return failure();
    Result<std::unique_ptr<OutputFile>> output = OutputFile::create(*target, options.force, diags);
    if (!output)
      return failure();
    if ((*output)->temporaryPath().empty())
      return diags.report({}, diag::CannotWrite, *target, "it is no regular file");
    outputs.push_back(std::move(*output));
  }
  size_t next = 0;
  for (const WeightPlan::File &file : weights.files())
    if (!file.inPlace && !weights.write(file, outputs[next++]->temporaryPath(), options.progress))
      return failure();
  return success();
}

static Status commitAll(ArrayRef<std::unique_ptr<OutputFile>> outputs, DiagnosticEngine &diags) {
  for (const std::unique_ptr<OutputFile> &output : outputs)
    if (!output->commit(diags))
      return failure();
  return success();
}

Status Saver::saveSerialised() {
  warnOfExtras();
  Result<std::unique_ptr<OutputFile>> output = beginBeside(path);
  std::vector<std::unique_ptr<OutputFile>> files;
  if (!output || !planBeside() || !writeWeightsBeside(files))
    return failure();
  WithoutCompilerTraces traces(model);
  if (!exportModel(model, weights.place(), (*output)->stream(), diags))
    return failure();
  files.push_back(std::move(*output)); // last, for what it names must be there
  return commitAll(files, diags);
}

Result<std::unique_ptr<OutputFile>> Saver::beginBeside(StringRef file) {
  if (!refuseInputs(file))
    return failure();
  return OutputFile::create(file, options.force, diags);
}

Status Saver::saveText() {
  warnOfExtras();
  warnOfLosses();
  // An old one would be taken for the new text's.
  std::string sidecar = sidecarPath();
  bool described = !textTellsAll(model) || !descriptionBeside(path).empty();
  Result<std::unique_ptr<OutputFile>> text = beginBeside(path);
  if (!text)
    return failure();
  std::vector<std::unique_ptr<OutputFile>> files;
  std::unique_ptr<OutputFile> description;
  if (described) {
    Result<std::unique_ptr<OutputFile>> begun = beginBeside(sidecar);
    if (!begun)
      return failure();
    description = std::move(*begun);
    description->stream() << printDescriptionJson(model);
  }
  if (!planBeside() || !writeWeightsBeside(files))
    return failure();
  PrintOptions printing;
  printing.place = weights.place();
  printProgram(*model.program, (*text)->stream(), printing);
  if (description)
    files.push_back(std::move(description));
  files.push_back(std::move(*text));
  return commitAll(files, diags);
}

void Saver::warnOfLosses() {
  std::string losses = textLosses(model);
  if (!losses.empty())
    diags.report({}, diag::NotInText, losses);
  if (path == "-" && !textTellsAll(model))
    diags.report({}, diag::NotOnStream, describedLosses(model));
}

Status Saver::printText() {
  warnOfLosses();
  PrintOptions printing;
  if (options.layout == SaveOptions::Layout::Share) {
    WeightPlan::Request request;
    request.layout = options.layout;
    request.moveFrom = options.externalizeFrom.value_or(0);
    if (!weights.make(model, request, options.progress))
      return failure();
    weights.assumeWritten();
    printing.place = weights.place();
  } else if (any_of(collectConstants(model, options.externalizeFrom.value_or(0)).stored,
                    [](const Literal *literal) { return !literal->isBlob() || !literal->blob()->fileRange().isKnown(); })) {
    return diags.report({}, diag::WeightsOnStream);
  }
  Result<std::unique_ptr<OutputFile>> output = OutputFile::create("-", true, diags);
  if (!output)
    return failure();
  printProgram(*model.program, (*output)->stream(), printing);
  return (*output)->commit(diags);
}

} // namespace mil
