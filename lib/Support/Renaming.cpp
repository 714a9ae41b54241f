#include "Renaming.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#endif

using namespace llvm;

namespace mil {

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

bool linkNew(const std::string &from, const std::string &to) {
  if (::link(from.c_str(), to.c_str()) == 0)
    return true;
  if (errno != EPERM && errno != ENOTSUP && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
    return false;
  return renameNew(from, to);
}

Status reportRename(StringRef destination, DiagnosticEngine &diags) {
  if (errno == EEXIST)
    return diags.report({}, diag::OutputExists, destination);
  return diags.report({}, diag::CannotWrite, destination, sys::StrError());
}

std::error_code syncPath(const std::string &path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool synced = fd >= 0 && ::fsync(fd) == 0;
  std::error_code error(synced ? 0 : errno, std::generic_category());
  if (fd >= 0)
    ::close(fd);
  return error;
}

std::error_code closeStream(raw_fd_ostream &stream, bool isStdout) {
  stream.flush();
  if (!isStdout)
    stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  return error;
}

} // namespace mil
