#include "Form.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/ForeignContent.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

StringRef name(Form form) {
  switch (form) {
  case Form::Package:
    return "package (.mlpackage)";
  case Form::Model:
    return "model file (.mlmodel)";
  case Form::Compiled:
    return "compiled model (.mlmodelc)";
  case Form::Text:
    return "MIL text (.mil)";
  }
  return "";
}

Status refuseStream(StringRef path, DiagnosticEngine &diags) {
  return isStream(path) ? diags.report({}, diag::CannotRead, path, "it is not a regular file") : success();
}

StringRef withoutTrailingSlash(StringRef path) {
  while (path.size() > 1 && path.back() == '/')
    path = path.drop_back();
  return path;
}

std::optional<Form> formOfPath(StringRef path) {
  if (isStream(path))
    return Form::Text;
  return StringSwitch<std::optional<Form>>(sys::path::extension(withoutTrailingSlash(path)))
      .Case(".mlpackage", Form::Package)
      .Case(".mlmodel", Form::Model)
      .Case(".mlmodelc", Form::Compiled)
      .Case(".mil", Form::Text)
      .Default(std::nullopt);
}

std::string below(StringRef folder, StringRef relative) {
  SmallString<256> path(folder);
  sys::path::append(path, relative);
  return std::string(path);
}

std::string folderOf(StringRef path) {
  StringRef parent = sys::path::parent_path(path);
  return parent.empty() ? "." : parent.str();
}

/// The form of a folder by what is in it.
static Result<Form> formOfFolder(StringRef path, DiagnosticEngine &diags) {
  if (sys::fs::exists(below(path, "Manifest.json")))
    return Form::Package;
  if (sys::fs::exists(below(path, "coremldata.bin")) || sys::fs::exists(below(path, "model.mil")))
    return Form::Compiled;
  switch (formOfPath(path).value_or(Form::Text)) {
  case Form::Package:
    return diags.report({}, diag::UnknownForm, path, "the package has no Manifest.json");
  case Form::Compiled:
    return diags.report({}, diag::CompiledModelPart, path, "coremldata.bin and no model.mil");
  default:
    return diags.report({}, diag::UnknownForm, path, "the folder has no Manifest.json, no coremldata.bin and no model.mil");
  }
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
  StringRef text = StringRef(reinterpret_cast<const char *>(head.data()), head.size());
  // A Model starts with its first field, the version: a varint.
  if (text.starts_with("\x08"))
    return Form::Model;
  text = text.ltrim();
  if (text.starts_with("program") || text.starts_with("//"))
    return Form::Text;
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
  if (form == Form::Text || form == Form::Model)
    return *form;
  return formOfBytes(path, diags);
}

} // namespace mil
