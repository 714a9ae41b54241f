// The form of an input by looking at it, and the little that is done with paths.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// The form of the file or folder at `path`; "-" is text.
Result<Form> formOfInput(llvm::StringRef path, DiagnosticEngine &diags);

/// Reports and fails when a stream is at `path`: opening it would wait for someone to write to it.
Status refuseStream(llvm::StringRef path, DiagnosticEngine &diags);

/// "X.mlpackage/" is X.mlpackage.
llvm::StringRef withoutTrailingSlash(llvm::StringRef path);
/// `folder` joined with `relative`.
std::string below(llvm::StringRef folder, llvm::StringRef relative);
/// The folder that a path is in; "." for a bare name.
std::string folderOf(llvm::StringRef path);

} // namespace mil
