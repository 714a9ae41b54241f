// What a file really is that isn't what its name promises.
//
// The file most often met in the place of a model is the pointer that Git LFS leaves where large files were not fetched; then come error
// pages that were saved as the file, archives that were never unpacked, and models of other frameworks. They are known by their first bytes,
// wherever a file is opened:
//
//   error: cannot read 'x.mlpackage/Data/com.apple.CoreML/weights/weight.bin': it is a Git LFS pointer, not the file itself
//   note: run 'git lfs pull' where it was cloned, or download the file itself
//
// Sources: the specifications of Git LFS pointers, ZIP, tar, gzip, xz, zstd, bzip2, safetensors, GGUF, NumPy and HDF5 files, onnx.proto.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <optional>

namespace mil {

struct ForeignContent {
  llvm::StringRef what;   ///< "a Git LFS pointer, not the file itself"
  llvm::StringRef advice; ///< what to do about it, a sentence that starts in lower case; may be empty
};

/// How many of a file's first bytes recogniseForeignContent wants, if there are as many.
inline constexpr size_t foreignContentHead = 512;

/// What the file with these first bytes is; nullopt for what may be text, a serialised or a compiled model, JSON or weights.
std::optional<ForeignContent> recogniseForeignContent(llvm::StringRef head);
/// The same of the regular file at `path`; nullopt also where there is none that can be read.
std::optional<ForeignContent> foreignContentOf(llvm::StringRef path);

class File;
/// Reports a file that is no model, nor a part of one, by its first bytes. Asked where models and weight files are opened, not where
/// arrays, pictures or copies are.
Status refuseForeign(llvm::StringRef head, llvm::StringRef path, DiagnosticEngine &diags);
/// The same of a file that is open.
Status refuseForeign(const File &file, llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
