#include "PendingOutput.h"
#include "Renaming.h"
#include "Temporary.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Paths.h"
#include "mil/Support/PendingPath.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace mil {

namespace {

/// Why nothing can be made in a folder; empty when something can.
std::string folderFault(StringRef folder) {
  struct stat status;
  if (::stat(folder.str().c_str(), &status) != 0)
    return "its folder '" + folder.str() + "': " + sys::StrError();
  if (!S_ISDIR(status.st_mode))
    return "'" + folder.str() + "' is not a folder";
  if (::access(folder.str().c_str(), W_OK | X_OK) != 0)
    return "its folder '" + folder.str() + "': " + sys::StrError();
  return {};
}

/// The open descriptor of this process that a path names (/dev/stdout, /dev/fd/3), of any kind of file; -1 for none.
int namedDescriptor(StringRef path) {
  int descriptor = -1;
  if (path == "-" || path == "/dev/stdout")
    return STDOUT_FILENO;
  if (path == "/dev/stderr")
    return STDERR_FILENO;
  if ((path.consume_front("/dev/fd/") || path.consume_front("/proc/self/fd/")) && path.getAsInteger(10, descriptor))
    return -1;
  return descriptor;
}

} // namespace

bool isStream(StringRef path) {
  if (namedDescriptor(path) >= 0)
    return true;
  struct stat status;
  return ::stat(path.str().c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

bool isStandardOutput(StringRef path) { return namedDescriptor(path) == STDOUT_FILENO; }

Status checkOutputFile(StringRef path, bool force, DiagnosticEngine &diags) {
  if (isStream(path))
    return success();
  struct stat status;
  if (::lstat(path.str().c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      return diags.report({}, diag::CannotWrite, path, "it is a folder");
    if (!force)
      return diags.report({}, diag::OutputExists, path);
  }
  if (std::string fault = folderFault(folderOf(path)); !fault.empty())
    return diags.report({}, diag::CannotWrite, path, fault);
  return success();
}

Status checkOutputFolder(StringRef destination, bool force, DiagnosticEngine &diags) {
  StringRef path = withoutTrailingSlash(destination), name = sys::path::filename(path);
  if (name.empty() || name == "/" || name == "." || name == "..")
    return diags.report({}, diag::CannotWrite, destination, "it is not a valid name for an output");
  struct stat status;
  if (::lstat(path.str().c_str(), &status) == 0) {
    if (!force)
      return diags.report({}, diag::OutputExists, destination);
    if (S_ISLNK(status.st_mode))
      return diags.report({}, diag::CannotWrite, destination,
                          "it is a link, which can't be replaced by a folder; use the path of its target");
    if (!S_ISDIR(status.st_mode))
      return diags.report({}, diag::CannotWrite, destination, "it exists and is not a folder");
  }
  if (std::string fault = folderFault(folderOf(path)); !fault.empty())
    return diags.report({}, diag::CannotWrite, destination, fault);
  return success();
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(StringRef path, bool force, DiagnosticEngine &diags) {
  std::unique_ptr<OutputFile> file(new OutputFile);
  file->force = force;
  file->destination = isStandardOutput(path) ? "<stdout>" : path.str();
  if (isStandardOutput(path)) {
    file->out = std::make_unique<raw_fd_ostream>(STDOUT_FILENO, /*shouldClose=*/false);
    return file;
  }
  int fd = -1;
  if (isStream(path)) {
    // The file of a descriptor is written from its current offset, as `>> file` requires.
    int named = namedDescriptor(path);
    fd = named >= 0 ? ::fcntl(named, F_DUPFD_CLOEXEC, 0)
                    : sys::RetryAfterSignal(-1, [&] { return ::open(file->destination.c_str(), O_WRONLY | O_CLOEXEC); });
    if (fd < 0)
      return diags.report({}, diag::CannotWrite, path, sys::StrError());
  } else {
    if (!checkOutputFile(path, force, diags))
      return failure();
    clearLeftovers(folderOf(path));
    file->registration = createTemporary(file->destination, TemporaryKind::File, fd);
    if (!file->registration)
      return diags.report({}, diag::CannotWrite, path, sys::StrError());
    file->temporary = pathOf(*file->registration);
  }
  file->out = std::make_unique<raw_fd_ostream>(fd, /*shouldClose=*/true);
  return file;
}

OutputFile::~OutputFile() {
  if (out)
    closeStream(*out, destination == "<stdout>");
  if (registration)
    (void)removeNow(*registration);
}

namespace {

/// A temporary file or folder with a destination.
class PendingPath : public PendingOutput {
public:
  PendingPath(Temporary &made, std::string path, bool force) : made(made), path(std::move(path)), force(force) {}
  ~PendingPath() override { (void)removeNow(made); }
  Temporary &temporary() const override { return made; }
  StringRef destination() const override { return path; }

protected:
  Temporary &made;
  std::string path;
  bool force;
};

class PendingFile : public PendingPath {
public:
  using PendingPath::PendingPath;
  bool replaces() const override { return force; }
  bool isPlain() const override { return true; }
  Status place(DiagnosticEngine &diags) override {
    if (!(force ? renameAs(pathOf(made), path, Rename::Replacing) : renameNew(pathOf(made), path)))
      return reportRename(path, diags);
    forget(made);
    return success();
  }
  Status settle(DiagnosticEngine &) override { return success(); }
};

} // namespace

Status OutputFile::commit(DiagnosticEngine &diags) {
  std::error_code error = closeStream(*out, destination == "<stdout>");
  out.reset();
  if (!error && registration)
    error = syncPath(temporary);
  if (error)
    return diags.report({}, diag::CannotWrite, finalPath(destination), error.message());
  if (!registration)
    return success();
  return placeOrJoin(std::make_unique<PendingFile>(*std::exchange(registration, nullptr), destination, force), diags);
}

Result<std::unique_ptr<OutputFolder>> OutputFolder::create(StringRef destination, bool force, DiagnosticEngine &diags) {
  std::unique_ptr<OutputFolder> folder(new OutputFolder);
  folder->force = force;
  folder->destination = withoutTrailingSlash(destination).str();
  if (!checkOutputFolder(destination, force, diags))
    return failure();
  clearLeftovers(folderOf(folder->destination));
  int fd = -1;
  folder->registration = createTemporary(folder->destination, TemporaryKind::Folder, fd);
  if (!folder->registration)
    return diags.report({}, diag::CannotWrite, destination, sys::StrError());
  folder->temporary = pathOf(*folder->registration);
  return folder;
}

OutputFolder::~OutputFolder() {
  if (registration)
    (void)removeNow(*registration);
}

/// The old folder aside, then the new one in its place.
static Status replaceInTwoSteps(const std::string &temporary, const std::string &destination, DiagnosticEngine &diags) {
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
  return success();
}

namespace {

class PendingFolder : public PendingPath {
public:
  using PendingPath::PendingPath;
  bool replaces() const override { return false; }
  bool isPlain() const override {
    struct stat status;
    return ::lstat(path.c_str(), &status) != 0;
  }
  Status place(DiagnosticEngine &diags) override {
    const std::string &fresh = pathOf(made);
    if (renameNew(fresh, path)) {
      forget(made);
      return success();
    }
    if (errno != EEXIST || !force)
      return reportRename(path, diags);
    if (renameAs(fresh, path, Rename::Exchange))
      return success();
    return errno == ENOTSUP ? replaceInTwoSteps(fresh, path, diags) : reportRename(path, diags);
  }
  /// What is temporary now is the old folder, if there was one.
  Status settle(DiagnosticEngine &diags) override {
    if (std::error_code error = removeNow(made))
      diags.report({}, diag::OldOutputLeft, path, pathOf(made), error.message());
    return success();
  }
};

} // namespace

Status OutputFolder::commit(DiagnosticEngine &diags) {
  return placeOrJoin(std::make_unique<PendingFolder>(*std::exchange(registration, nullptr), destination, force), diags);
}

} // namespace mil
