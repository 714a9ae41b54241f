// Recognizes files whose content doesn't match their name.
//
// The most common case is a Git LFS pointer in place of a model that was not fetched. Others are error pages saved by a download, archives
// that were not unpacked, and models of other frameworks. They are recognized by their first bytes whenever a file is opened:
//
//   error: cannot read 'x.mlpackage/Data/com.apple.CoreML/weights/weight.bin': it is a Git LFS pointer, not the file itself
//   note: run 'git lfs pull' where it was cloned, or download the file itself
//
// Sources: the specifications of Git LFS pointers, ZIP, tar, gzip, xz, zstd, bzip2, safetensors, GGUF, NumPy and HDF5 files, onnx.proto.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <optional>

namespace mil {

/// A description of a file in another format.
struct ForeignContent {
  llvm::StringRef what;   ///< "a Git LFS pointer, not the file itself"
  llvm::StringRef advice; ///< how to fix it, a sentence that starts in lower case; may be empty
};

/// The number of bytes from the start of a file that recogniseForeignContent needs (or all, if the file is shorter).
inline constexpr size_t foreignContentHead = 512;

/// Identifies a file by its first bytes; nullopt if it may be text, a serialised or compiled model, JSON or weights.
std::optional<ForeignContent> recogniseForeignContent(llvm::StringRef head);
/// The same for the regular file at `path`; nullopt also if it doesn't exist or can't be read.
std::optional<ForeignContent> foreignContentOf(llvm::StringRef path);

class File;
/// Reports a file that, by its first bytes, is neither a model nor part of one. Called for models and weight files, not for arrays,
/// pictures or copies.
Status refuseForeign(llvm::StringRef head, llvm::StringRef path, DiagnosticEngine &diags);
/// The same for an open file.
Status refuseForeign(const File &file, llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
