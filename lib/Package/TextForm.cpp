// MIL text (.mil): the program as text, a description beside it where text is not enough, and its weights. "-" and other streams are text
// alone.
#include "DescriptionJson.h"
#include "Descriptions.h"
#include "Opener.h"
#include "Saver.h"
#include "TextLosses.h"
#include "WeightNames.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"
#include "mil/Support/Printable.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace llvm;

namespace mil {

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
  // Files beside a text that was edited must be edited with it. A compiled model is taken as a whole.
  bool isCompiled = sys::path::filename(description) == "coremldata.bin";
  if (description.empty() || isCompiled)
    return model;
  if (!verifyStructure(*model->program, diags))
    return failure();
  if (DiagnosticEngine unheard; !verifyDescription(*model, unheard) && !verifyDescription(*model, diags)) // verifying reports warnings
    return diags.report({}, diag::DescriptionDisagrees, description, path).note({}, diag::DescriptionFix);
  return model;
}

Status Opener::describe(Model &model, StringRef path) {
  if (!path.empty())
    return path.ends_with(descriptionExtension) ? describeByJson(model, path) : describeByCompiled(model, path);
  model.description = describeProgram(*model.program);
  if (model.specificationVersion == 0)
    model.specificationVersion = deriveSpecificationVersion(model);
  result.descriptionDerived = true;
  return success();
}

Status Opener::describeByJson(Model &model, StringRef path) {
  Result<const MappedFile *> mapped = map(path);
  if (!mapped || !readDescriptionJson((*mapped)->bytes(), (*mapped)->file(), model, diags))
    return failure();
  if (model.specificationVersion == 0)
    model.specificationVersion = deriveSpecificationVersion(model);
  restoreOrder(*model.program, *model.description);
  return success();
}

namespace {

/// Writes the description where the text doesn't hold all of it, or where an old one would be taken for the new text's.
Status describeBeside(Saver &at, OutputGroup &output) {
  if (textTellsAll(at.model) && descriptionBeside(at.path).empty())
    return success();
  SmallString<256> file(at.path);
  sys::path::replace_extension(file, descriptionExtension);
  if (!at.refuseInputs(file))
    return failure();
  Result<raw_ostream *> stream = output.addCompanion(file, at.diags);
  if (!stream)
    return failure();
  **stream << printDescriptionJson(at.model);
  return success();
}

void warnOfLosses(Saver &at) {
  std::string losses = textLosses(at.model);
  if (!losses.empty())
    at.diags.report({}, diag::NotInText, losses);
  if (isStandardOutput(at.path) && !textTellsAll(at.model))
    at.diags.report({}, diag::NotOnStream, describedLosses(at.model));
}

Status printText(Saver &at) {
  warnOfLosses(at);
  DiagnosticEngine &diags = at.diags;
  const SaveOptions &options = at.options;
  PrintOptions printing;
  if (options.layout == SaveOptions::Layout::Share) {
    WeightPlan::Request request;
    request.layout = options.layout;
    request.moveFrom = options.externalizeFrom.value_or(0);
    if (!at.weights.make(at.model, request, options.progress))
      return failure();
    at.weights.assumeWritten();
    printing.place = at.weights.place();
  } else if (any_of(collectConstants(at.model, options.externalizeFrom.value_or(0)).stored,
                    [](const Literal *literal) { return !literal->isBlob() || !literal->blob()->fileRange().isKnown(); })) {
    return diags.report({}, diag::WeightsOnStream);
  }
  Result<std::unique_ptr<OutputFile>> output = OutputFile::create(at.path, true, diags);
  if (!output)
    return failure();
  if (isStandardOutput(at.path) && sys::Process::StandardOutIsDisplayed()) {
    TerminalStream terminal((*output)->stream());
    printProgram(*at.model.program, terminal, printing);
  } else {
    printProgram(*at.model.program, (*output)->stream(), printing);
  }
  return (*output)->commit(diags);
}

Status saveBeside(Saver &at) {
  at.warnOfExtras();
  warnOfLosses(at);
  if (!at.refuseInputs(at.path))
    return failure();
  Result<std::unique_ptr<OutputGroup>> output = OutputGroup::create(at.path, weightsFolder, at.options.force, at.diags);
  if (!output || !describeBeside(at, **output) || !at.writeWeightsBeside(**output))
    return failure();
  PrintOptions printing;
  printing.place = at.weights.place();
  printProgram(*at.model.program, (*output)->stream(), printing);
  return at.commitBeside(**output);
}

Result<SaveResult> saveText(Saver &at) {
  if (!(isStream(at.path) ? printText(at) : saveBeside(at)))
    return failure();
  return at.weights.result();
}

} // namespace

const FormRow textForm = {
    .form = Form::Text,
    .name = "MIL text (.mil)",
    .extension = ".mil",
    .isFolder = false,
    .isText = true,
    .savesOthers = false,
    .lacks = "",
    .recognise =
        [](StringRef head) {
          head.consume_front("\xef\xbb\xbf"); // editors add it
          StringRef text = head.ltrim();
          return text.starts_with("program") || text.starts_with("//");
        },
    .open = [](Opener &opener, StringRef path) { return opener.openText(path); },
    .save = saveText,
};

} // namespace mil
