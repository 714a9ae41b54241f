#include "Form.h"
#include "mil/Ops/Verify.h"
#include "mil/Package/DiagnosticKinds.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

StringRef milVersionOf(StringRef compilerVersion) {
  return StringSwitch<StringRef>(compilerVersion)
      .Case("1436.100.10", "4.28.4")
      .Case("1877.50.1", "5.33.5")
      .Case("3304.6.2", "3304.5.2")
      .Case("3401.4.1", "3401.3.1")
      .Case("3402.4.1", "3402.3.2")
      .Case("3404.23.1", "3405.2.1")
      .Case("3500.32.1", "3510.2.1")
      .Case("3520.5.1", "3520.4.1")
      .Case("3600.25.1", "3600.16.1")
      .Default("");
}

/// Says what the text of a program alone can't tell; a folder without its description was reported when it was opened.
static void warnOfDerived(const OpenedModel &opened, DiagnosticEngine &diags) {
  if (opened.descriptionDerived && opened.form == Form::Text)
    diags.report({}, diag::InterfaceDerived, opened.path);
}

Result<SaveResult> compileModel(OpenedModel &opened, StringRef path, DiagnosticEngine &diags, const SaveOptions &options) {
  if (!applyOverlays(opened, diags))
    return failure();
  warnOfDerived(opened, diags);
  SaveOptions save = options;
  save.compile.modelFile = opened.modelFile;
  if (save.compile.className.empty() && opened.path != "-")
    save.compile.className = sys::path::stem(withoutTrailingSlash(opened.path)).str();
  return saveModel(*opened.model, path, diags, save, &opened);
}

Result<SaveResult> decompileModel(OpenedModel &opened, StringRef path, DiagnosticEngine &diags, const SaveOptions &options) {
  warnOfDerived(opened, diags);
  // What was made from the program can't contradict it; functions of a text may take types that no interface has.
  std::optional<ModelDescription> derived;
  if (opened.descriptionDerived)
    derived.swap(opened.model->description);
  Status verified = verifyModel(*opened.model, diags);
  if (opened.descriptionDerived)
    derived.swap(opened.model->description);
  if (!verified)
    return failure();
  SaveOptions save = options;
  save.externalizeFrom = 0; // constants stay where the compiled model has them
  return saveModel(*opened.model, path, diags, save, &opened);
}

} // namespace mil
