// The steps that outputs are made of: renaming, linking, waiting for the disk. Uses more than POSIX where the system has it.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <string>
#include <system_error>

namespace llvm {
class raw_fd_ostream;
}

namespace mil {

enum class Rename : uint8_t { Replacing, NewOnly, Exchange };

/// rename(2) with the extra rules of `how`; false and errno on failure, ENOTSUP where a rule isn't known.
bool renameAs(const std::string &from, const std::string &to, Rename how);

/// Renames to a place where nothing was when the output was begun, and where nothing may have come up since.
bool renameNew(const std::string &from, const std::string &to);

/// Gives a file a second name, where nothing may be; where the file system has no hard links, renames it.
bool linkNew(const std::string &from, const std::string &to);

/// Reports that an output couldn't get its name, by errno.
Status reportRename(llvm::StringRef destination, DiagnosticEngine &diags);

/// Waits until the bytes of a file, or the names in a folder, are on the disk: if a name got there first, a crash could leave an empty file
/// in the place of a good one.
std::error_code syncPath(const std::string &path);

/// Flushes and closes (not standard output); returns the first error since the stream was made. A raw_fd_ostream that is destroyed with an
/// error pending ends the process, so none is left.
std::error_code closeStream(llvm::raw_fd_ostream &stream, bool isStdout);

} // namespace mil
