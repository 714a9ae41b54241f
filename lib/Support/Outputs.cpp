#include "Temporary.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#endif

using namespace llvm;

namespace mil {

namespace {

/// Where a destination really is: links followed when they lead somewhere, slashes at the end dropped.
std::string finalDestination(StringRef path) {
  while (path.size() > 1 && path.ends_with("/"))
    path = path.drop_back();
  char *real = ::realpath(path.str().c_str(), nullptr);
  std::string result = real ? real : path.str();
  std::free(real);
  return result;
}

enum class Rename : uint8_t { Replacing, NewOnly, Exchange };

/// rename(2) with the extra rules of `how`; false and errno on failure, ENOTSUP where a rule isn't known.
bool renameAs(const std::string &from, const std::string &to, Rename how) {
  if (how == Rename::Replacing)
    return ::rename(from.c_str(), to.c_str()) == 0;
#if defined(__linux__)
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how == Rename::NewOnly ? RENAME_NOREPLACE : RENAME_EXCHANGE) == 0)
    return true;
  if (errno == EINVAL || errno == ENOSYS)
    errno = ENOTSUP;
  return false;
#elif defined(__APPLE__)
  return ::renamex_np(from.c_str(), to.c_str(), how == Rename::NewOnly ? RENAME_EXCL : RENAME_SWAP) == 0;
#else
  errno = ENOTSUP;
  return false;
#endif
}

/// Renames to a place where nothing was when the output was begun, and where nothing may have come up since.
bool renameNew(const std::string &from, const std::string &to) {
  if (renameAs(from, to, Rename::NewOnly))
    return true;
  struct stat status;
  if (errno != ENOTSUP)
    return false;
  if (::lstat(to.c_str(), &status) == 0) {
    errno = EEXIST;
    return false;
  }
  return renameAs(from, to, Rename::Replacing);
}

Status reportRename(StringRef destination, DiagnosticEngine &diags) {
  if (errno == EEXIST)
    return diags.report({}, diag::OutputExists, destination);
  return diags.report({}, diag::CannotWrite, destination, sys::StrError());
}

} // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(StringRef path, bool force, DiagnosticEngine &diags) {
  std::unique_ptr<OutputFile> file(new OutputFile);
  file->force = force;
  if (path == "-") {
    file->destination = "<stdout>";
    file->out = std::make_unique<raw_fd_ostream>(STDOUT_FILENO, /*shouldClose=*/false);
    return file;
  }
  file->destination = finalDestination(path);
  struct stat status;
  bool exists = ::lstat(file->destination.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return diags.report({}, diag::CannotWrite, path, "it is a folder");
  int fd = -1;
  if (exists && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    fd = sys::RetryAfterSignal(-1, [&] { return ::open(file->destination.c_str(), O_WRONLY | O_CLOEXEC); });
    if (fd < 0)
      return diags.report({}, diag::CannotWrite, path, sys::StrError());
  } else {
    if (exists && !force)
      return diags.report({}, diag::OutputExists, path);
    file->registration = createTemporary(file->destination, TemporaryKind::File, fd);
    if (!file->registration)
      return diags.report({}, diag::CannotWrite, path, sys::StrError());
    file->temporary = pathOf(*file->registration);
  }
  file->out = std::make_unique<raw_fd_ostream>(fd, /*shouldClose=*/true);
  return file;
}

/// Flushes and closes (not standard output); returns the first error since the stream was made. A raw_fd_ostream that is destroyed with an
/// error pending ends the process, so none is left.
static std::error_code closeStream(std::unique_ptr<raw_fd_ostream> stream, bool isStdout) {
  stream->flush();
  if (!isStdout)
    stream->close();
  std::error_code error = stream->error();
  stream->clear_error();
  return error;
}

OutputFile::~OutputFile() {
  if (out)
    closeStream(std::move(out), destination == "<stdout>");
  if (registration)
    removeNow(*registration);
}

/// Waits until the bytes of a file are on the disk: if the name got there first, a crash could leave an empty file in the place of a good
/// one.
static std::error_code sync(const std::string &path) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  bool synced = fd >= 0 && ::fsync(fd) == 0;
  std::error_code error(synced ? 0 : errno, std::generic_category());
  if (fd >= 0)
    ::close(fd);
  return error;
}

Status OutputFile::commit(DiagnosticEngine &diags) {
  std::error_code error = closeStream(std::move(out), destination == "<stdout>");
  if (!error && registration)
    error = sync(temporary);
  if (error)
    return diags.report({}, diag::CannotWrite, destination, error.message());
  if (registration) {
    if (!(force ? renameAs(temporary, destination, Rename::Replacing) : renameNew(temporary, destination)))
      return reportRename(destination, diags);
    forget(*registration);
  }
  return success();
}

Result<std::unique_ptr<OutputFolder>> OutputFolder::create(StringRef destination, bool force, DiagnosticEngine &diags) {
  std::unique_ptr<OutputFolder> folder(new OutputFolder);
  folder->force = force;
  folder->destination = finalDestination(destination);
  StringRef name = sys::path::filename(folder->destination);
  if (name.empty() || name == "/" || name == "." || name == "..")
    return diags.report({}, diag::CannotWrite, destination, "it is no name for an output");
  struct stat status;
  if (::lstat(folder->destination.c_str(), &status) == 0) {
    if (!force)
      return diags.report({}, diag::OutputExists, destination);
    if (!S_ISDIR(status.st_mode))
      return diags.report({}, diag::CannotWrite, destination, "it exists and is not a folder");
  }
  int fd = -1;
  folder->registration = createTemporary(folder->destination, TemporaryKind::Folder, fd);
  if (!folder->registration)
    return diags.report({}, diag::CannotWrite, destination, sys::StrError());
  folder->temporary = pathOf(*folder->registration);
  return folder;
}

OutputFolder::~OutputFolder() {
  if (registration)
    removeNow(*registration);
}

Status OutputFolder::commit(DiagnosticEngine &diags) {
  if (renameNew(temporary, destination)) {
    forget(*registration);
    return success();
  }
  if (errno != EEXIST || !force)
    return reportRename(destination, diags);
  if (renameAs(temporary, destination, Rename::Exchange)) {
    removeNow(*registration); // what is there now is the old folder
    return success();
  }
  if (errno != ENOTSUP)
    return reportRename(destination, diags);

  SignalPause pause; // a signal between the two renames must not end the process
  std::string aside = temporary + ".old";
  if (!renameAs(destination, aside, Rename::Replacing))
    return reportRename(destination, diags);
  if (!renameAs(temporary, destination, Rename::Replacing)) {
    int error = errno;
    bool restored = renameAs(aside, destination, Rename::Replacing);
    return diags.report({}, diag::CannotWrite, destination,
                        sys::StrError(error) + (restored ? "" : "; the old folder is now '" + aside + "'"));
  }
  renameAs(aside, temporary, Rename::Replacing);
  removeNow(*registration);
  return success();
}

} // namespace mil
