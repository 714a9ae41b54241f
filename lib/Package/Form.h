// The forms of models as a table. Each form has a file, XForm.cpp, which defines its row with everything about the form, so that a form is
// added in one place (and listed in Form.cpp). Also detects the form of an input, and checks paths for all forms.
#pragma once

#include "mil/Package/Package.h"
#include "mil/Support/Paths.h"

namespace mil {

class Opener;
class Saver;

struct FormRow {
  Form form;
  llvm::StringLiteral name;      ///< for messages: "package (.mlpackage)"
  llvm::StringLiteral extension; ///< ".mlpackage"
  bool isFolder;
  /// Whether programs are printed as text, so that all their types must have names.
  bool isText;
  /// Whether models of other types than ML programs can be saved, too.
  bool savesOthers;
  /// For folders with the extension that aren't recognised: what they lack, as a sentence. Empty for files.
  llvm::StringLiteral lacks;
  /// Whether an input is of this form: given the path of a folder, or the first bytes of a file.
  bool (*recognise)(llvm::StringRef folderOrHead);
  Result<std::unique_ptr<Model>> (*open)(Opener &opener, llvm::StringRef path);
  Result<SaveResult> (*save)(Saver &saver);
};

extern const FormRow packageForm, modelForm, compiledForm, textForm;

const FormRow &rowOf(Form form);

/// The form of the file or folder at `path`; "-" is text.
Result<Form> formOfInput(llvm::StringRef path, DiagnosticEngine &diags);

/// Reports an error and fails if `path` is a stream, because opening it would wait for a writer.
Status refuseStream(llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
