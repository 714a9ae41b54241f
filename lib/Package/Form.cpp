#include "Form.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/ForeignContent.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

/// In the order in which they are tried on an input.
static constexpr const FormRow *forms[] = {&packageForm, &compiledForm, &modelForm, &textForm};

const FormRow &rowOf(Form form) {
  return **find_if(forms, [form](const FormRow *row) { return row->form == form; });
}

StringRef name(Form form) { return rowOf(form).name; }

Status refuseStream(StringRef path, DiagnosticEngine &diags) {
  return isStream(path) ? diags.report({}, diag::CannotRead, path, "it is not a regular file") : success();
}

std::optional<Form> formOfPath(StringRef path) {
  if (isStream(path))
    return Form::Text;
  StringRef extension = sys::path::extension(withoutTrailingSlash(path));
  for (const FormRow *row : forms)
    if (extension == row->extension)
      return row->form;
  return std::nullopt;
}

static std::optional<Form> recognise(StringRef folderOrHead, bool isFolder) {
  for (const FormRow *row : forms)
    if (row->isFolder == isFolder && row->recognise(folderOrHead))
      return row->form;
  return std::nullopt;
}

/// The form of a folder by what is in it.
static Result<Form> formOfFolder(StringRef path, DiagnosticEngine &diags) {
  if (std::optional<Form> form = recognise(path, /*isFolder=*/true))
    return *form;
  StringRef lacks = rowOf(formOfPath(path).value_or(Form::Text)).lacks;
  return diags.report({}, diag::UnknownForm, path,
                      lacks.empty() ? "the folder has no Manifest.json, no coremldata.bin and no model.mil" : lacks);
}

/// The form of a file without a telling extension by its first bytes.
static Result<Form> formOfBytes(StringRef path, DiagnosticEngine &diags) {
  Result<std::unique_ptr<File>> file = File::open(path, diags);
  if (!file || !refuseForeign(**file, path, diags))
    return failure();
  uint8_t first[64];
  MutableArrayRef<uint8_t> head(first, size_t(std::min<uint64_t>(sizeof(first), (*file)->size())));
  if (!(*file)->read(0, head, diags))
    return failure();
  if (std::optional<Form> form = recognise(toStringRef(head), /*isFolder=*/false))
    return *form;
  return diags.report({}, diag::UnknownForm, path, "the file starts neither as MIL text nor as a serialised model");
}

Result<Form> formOfInput(StringRef path, DiagnosticEngine &diags) {
  if (path == "-")
    return Form::Text;
  sys::fs::file_status status;
  if (std::error_code error = sys::fs::status(path, status))
    return diags.report({}, diag::CannotRead, path, error.message());
  if (status.type() == sys::fs::file_type::directory_file)
    return formOfFolder(path, diags);
  std::optional<Form> form = formOfPath(path); // text, of streams
  if (form && !rowOf(*form).isFolder)
    return *form;
  return formOfBytes(path, diags);
}

} // namespace mil
