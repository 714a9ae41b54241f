// Parts of paths, as the libraries that read and write models need them.
//
//     folderOf("models/a.mil")             // "models"
//     folderOf("a.mil")                    // "."
//     below("a.mlpackage", "Data/w.bin")   // "a.mlpackage/Data/w.bin"
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace mil {

/// Removes slashes at the end: "X.mlpackage/" becomes "X.mlpackage"; "/" is kept.
llvm::StringRef withoutTrailingSlash(llvm::StringRef path);
/// `folder` joined with `relative`.
std::string below(llvm::StringRef folder, llvm::StringRef relative);
/// The folder that a path is in; "." for a bare name.
std::string folderOf(llvm::StringRef path);

/// Characters of the names of files that milc names after something in a model: ASCII letters and digits, `_`, `.`, `-`, `+`.
bool isFileNameCharacter(char c);
/// Whether a name from a model may be used as the name of a file: 1 to 128 of these characters, not beginning with `.` (hidden) or `-`
/// (which looks like an option). So a model can't choose the folder of a file.
bool isFileName(llvm::StringRef name);

} // namespace mil
