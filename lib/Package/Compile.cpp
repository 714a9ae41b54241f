#include "Form.h"
#include "mil/Package/DiagnosticKinds.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

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
  SaveOptions save = options;
  save.externalizeFrom = 0; // constants stay where the compiled model has them
  return saveModel(*opened.model, path, diags, save, &opened);
}

} // namespace mil
