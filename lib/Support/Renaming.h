// The system calls for outputs: renaming, linking, syncing. They use extensions of POSIX if the system has them.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <string>
#include <system_error>

namespace llvm {
class raw_fd_ostream;
}

namespace mil {

enum class Rename : uint8_t { Replacing, NewOnly, Exchange };

/// rename(2) with the additional rules of `how`; on failure false and errno, which is ENOTSUP if a rule isn't supported.
bool renameAs(const std::string &from, const std::string &to, Rename how);

/// Renames to a path that didn't exist when the output was started, and must still not exist.
bool renameNew(const std::string &from, const std::string &to);

/// Gives a file a second name, which must not exist; renames it if the file system has no hard links.
bool linkNew(const std::string &from, const std::string &to);

/// Reports that an output can't be renamed, with the reason in errno.
Status reportRename(llvm::StringRef destination, DiagnosticEngine &diags);

/// Waits until the bytes of a file, or the names in a folder, are on the disk: if a name were written first, a crash could leave an empty
/// file in the place of a valid one.
std::error_code syncPath(const std::string &path);

/// Flushes and closes (not standard output); returns the first error since the stream was made. It also clears the error, because a
/// raw_fd_ostream that is destroyed with a pending error ends the process.
std::error_code closeStream(llvm::raw_fd_ostream &stream, bool isStdout);

} // namespace mil
