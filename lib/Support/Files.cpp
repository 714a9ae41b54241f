#include "MappingGuard.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Interrupt.h"
#include "mil/Support/Outputs.h"
#include "mil/Support/PendingPath.h"
#include "mil/Support/ReadLog.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

using namespace llvm;

namespace mil {

namespace {

/// Closes a descriptor at the end of the scope.
struct Descriptor {
  explicit Descriptor(int fd) : fd(fd) {}
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
  Descriptor(const Descriptor &) = delete;
  int release() { return std::exchange(fd, -1); }
  int fd;
};

FileIdentity identityOf(const struct stat &status) { return {uint64_t(status.st_dev), uint64_t(status.st_ino)}; }

int openRetrying(const std::string &path, int flags, mode_t mode = 0) {
  return sys::RetryAfterSignal(-1, [&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

enum class Streams : uint8_t { Refuse, Accept };

/// A device, such as /dev/zero, gives no model and may have no end. A terminal does, and /dev/null is empty.
bool isEndless(int fd, const struct stat &status) {
  struct stat nothing;
  bool isNothing = ::stat("/dev/null", &nothing) == 0 && nothing.st_rdev == status.st_rdev;
  return S_ISCHR(status.st_mode) && !isNothing && !::isatty(fd);
}

/// Opens for reading; reports a failure, folders, and streams where they are refused. A pipe is not waited for then: it has no writer, or
/// one that nobody asked for.
int openForReading(const std::string &path, struct stat &status, DiagnosticEngine &diags, Streams streams = Streams::Refuse) {
  Descriptor opened(openRetrying(path, O_RDONLY | (streams == Streams::Refuse ? O_NONBLOCK : 0)));
  if (opened.fd < 0 || ::fstat(opened.fd, &status) != 0)
    return diags.report({}, diag::CannotRead, path, sys::StrError()), -1;
  if (S_ISDIR(status.st_mode))
    return diags.report({}, diag::CannotRead, path, "it is a folder"), -1;
  if (streams == Streams::Refuse && !S_ISREG(status.st_mode))
    return diags.report({}, diag::CannotRead, path, "it is not a regular file"), -1;
  if (S_ISREG(status.st_mode) && !ReadLog::note(path))
    return diags.report({}, diag::OutputIsInput, path), -1;
  return opened.release();
}

/// The bytes of a stream up to its end, in memory from malloc.
struct Streamed {
  char *data = nullptr;
  size_t size = 0;
};

constexpr size_t streamLimit = size_t(4) << 30;

/// Reads to the end of a stream; returns what went wrong, or nothing.
std::optional<std::string> readStream(int fd, Streamed &into) {
  for (size_t capacity = 0;;) {
    if (into.size == capacity) {
      if (capacity >= streamLimit)
        return "a stream may have at most 4 GiB; longer inputs must be files";
      capacity = std::max<size_t>(capacity * 2, 1 << 16);
      void *grown = std::realloc(into.data, capacity);
      if (!grown)
        return sys::StrError();
      into.data = static_cast<char *>(grown);
    }
    ssize_t got = sys::RetryAfterSignal(-1, ::read, fd, into.data + into.size, capacity - into.size);
    if (got < 0)
      return sys::StrError();
    if (got == 0)
      return std::nullopt;
    into.size += size_t(got);
  }
}

} // namespace

Result<std::unique_ptr<MappedFile>> MappedFile::open(StringRef path, DiagnosticEngine &diags) {
  std::string name = path == "-" ? "<stdin>" : path.str();
  struct stat status{};
  Descriptor opened(path == "-" ? ::dup(STDIN_FILENO) : openForReading(name, status, diags, Streams::Accept));
  if (opened.fd < 0 && path != "-")
    return failure();
  if (path == "-" && (opened.fd < 0 || ::fstat(opened.fd, &status) != 0))
    return diags.report({}, diag::CannotRead, name, sys::StrError());
  if (isEndless(opened.fd, status))
    return diags.report({}, diag::CannotRead, name, "it is a device");

  std::unique_ptr<MappedFile> file(new MappedFile);
  file->id = identityOf(status);
  // Standard input may be a file that was read in part; then only the rest is meant, which a stream gives.
  if (S_ISREG(status.st_mode) && path != "-") {
    file->size = size_t(status.st_size);
    if (file->size != 0) {
      void *start = ::mmap(nullptr, file->size, PROT_READ, MAP_PRIVATE, opened.fd, 0);
      if (start == MAP_FAILED)
        return diags.report({}, diag::CannotRead, name, sys::StrError());
      file->data = static_cast<const char *>(start);
      file->mapped = true;
      guardMapping(file->data, file->size, opened.release());
    }
  } else {
    Streamed streamed;
    std::optional<std::string> error = readStream(opened.fd, streamed);
    file->data = streamed.data;
    file->size = streamed.size;
    if (error)
      return diags.report({}, diag::CannotRead, name, *error);
  }
  file->number = diags.sources().add(std::move(name), file->bytes());
  return file;
}

MappedFile::~MappedFile() {
  if (mapped) {
    dropGuard(data);
    ::munmap(const_cast<char *>(data), size);
  } else {
    std::free(const_cast<char *>(data));
  }
}

Status checkWhole(const MappedFile &file, DiagnosticEngine &diags) {
  if (!wasCut(file.bytes().data()))
    return success();
  return diags.report({}, diag::CannotRead, diags.sources().name(file.file()), "it was truncated while it was read");
}

void MappedFile::release(size_t begin, size_t end) const {
  size_t page = size_t(::sysconf(_SC_PAGESIZE));
  begin = (begin + page - 1) / page * page;
  end = std::min(end, size) / page * page;
  if (mapped && begin < end)
    ::madvise(const_cast<char *>(data) + begin, end - begin, MADV_DONTNEED);
}

Result<std::unique_ptr<File>> File::open(StringRef path, DiagnosticEngine &diags) {
  struct stat status{};
  Descriptor opened(openForReading(path.str(), status, diags));
  if (opened.fd < 0)
    return failure();
  std::unique_ptr<File> file(new File);
  file->fd = opened.release();
  file->length = uint64_t(status.st_size);
  file->name = path.str();
  file->id = identityOf(status);
  return file;
}

File::~File() {
  if (fd >= 0)
    ::close(fd);
}

Status File::read(uint64_t offset, MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const {
  while (!out.empty()) {
    ssize_t got = offset > uint64_t(LLONG_MAX) ? 0 : sys::RetryAfterSignal(-1, ::pread, fd, out.data(), out.size(), off_t(offset));
    if (got < 0)
      return diags.report({}, diag::CannotRead, name, sys::StrError());
    if (got == 0)
      return diags.report({}, diag::CannotRead, name,
                          "it ends at byte " + std::to_string(length) + ", before the end of the requested range");
    out = out.drop_front(size_t(got));
    offset += uint64_t(got);
  }
  return success();
}

namespace {

constexpr size_t copyWindow = size_t(1) << 20;
/// What the kernel copies in one call: short enough to be interrupted.
constexpr size_t kernelChunk = size_t(1) << 26;

/// Copies what is left of `from`; returns false and leaves errno on failure, with `reading` saying which side failed.
bool copyWindows(int from, int to, bool &reading, DiagnosticEngine &diags) {
  std::unique_ptr<char[]> window(new char[copyWindow]);
  while (goOn(diags)) {
    reading = true;
    ssize_t got = sys::RetryAfterSignal(-1, ::read, from, window.get(), copyWindow);
    if (got <= 0)
      return got == 0;
    reading = false;
    for (ssize_t done = 0; done != got;) {
      ssize_t put = sys::RetryAfterSignal(-1, ::write, to, window.get() + done, size_t(got - done));
      if (put < 0)
        return false;
      done += put;
    }
  }
  return false;
}

/// Lets the kernel copy as much as it can; the descriptors' positions are then where windows have to go on.
void copyInKernel(int from, int to, DiagnosticEngine &diags) {
#ifdef __linux__
  if (::ioctl(to, FICLONE, from) == 0) {
    ::lseek(from, 0, SEEK_END);
    ::lseek(to, 0, SEEK_END);
    return;
  }
  while (goOn(diags) && sys::RetryAfterSignal(-1, ::copy_file_range, from, nullptr, to, nullptr, kernelChunk, 0u) > 0)
    ;
#else
  (void)from, (void)to, (void)diags;
#endif
}

} // namespace

Status copyFile(StringRef from, StringRef to, DiagnosticEngine &diags) {
  struct stat source{}, target{};
  auto cannotWrite = [&]() -> Status {
    std::string why = sys::StrError();
    return diags.report({}, diag::CannotWrite, finalPath(to), why);
  };
  Descriptor input(openForReading(from.str(), source, diags));
  if (input.fd < 0)
    return failure();
  // Opened without O_TRUNC: the output may turn out to be the input.
  Descriptor output(openRetrying(to.str(), O_WRONLY | O_CREAT, 0666));
  if (output.fd < 0 || ::fstat(output.fd, &target) != 0)
    return cannotWrite();
  if (identityOf(source) == identityOf(target))
    return diags.report({}, diag::OutputIsInput, to);
  // Only what needs it: ext4 takes a truncated file for one that is being replaced, and writes it to the disk when it is closed.
  if (S_ISREG(target.st_mode) && target.st_size != 0 && ::ftruncate(output.fd, 0) != 0)
    return cannotWrite();
  bool reading = false;
  copyInKernel(input.fd, output.fd, diags);
  bool copied = copyWindows(input.fd, output.fd, reading, diags);
  if (!goOn(diags))
    return failure();
  if (!copied)
    return reading ? Status(diags.report({}, diag::CannotRead, from, sys::StrError())) : cannotWrite();
  if (::fstat(output.fd, &target) == 0 && target.st_size < source.st_size)
    return diags.report({}, diag::CannotRead, from, "it was truncated while it was copied");
  if (::close(output.release()) != 0)
    return cannotWrite();
  return success();
}

Status makeFolders(StringRef path, DiagnosticEngine &diags) {
  // LLVM's own default for the mode excludes others, independent of the umask.
  if (std::error_code error = sys::fs::create_directories(path, /*IgnoreExisting=*/true, sys::fs::all_all))
    return diags.report({}, diag::CannotWrite, finalPath(path), error.message());
  return success();
}

namespace {

/// realpath of `path`, empty with errno when it doesn't exist.
std::string resolved(const std::string &path) {
  char *real = ::realpath(path.c_str(), nullptr);
  std::string result = real ? real : "";
  std::free(real);
  return result;
}

/// What is wrong with `relative` by its text alone; empty when nothing is.
std::string lexicalFault(StringRef relative) {
  if (relative.empty())
    return "it is empty";
  if (relative.contains('\0'))
    return "it contains a null character";
  if (sys::path::is_absolute(relative))
    return "it is absolute";
  for (StringRef part : split(relative, '/'))
    if (part == "..")
      return "it contains '..'";
  return {};
}

/// Whether `real` is a file in the `blobs` of the Hugging Face cache of one repository, of which the real path `root` is a snapshot or lies
/// in one: `models--NAME/snapshots/REVISION/…`. What names the files there is the cache, not the model, so that a link to one of them
/// leads to no file but those of the repository.
bool isCachedBlob(StringRef real, StringRef root) {
  constexpr StringLiteral snapshots = "/snapshots/";
  for (size_t at = root.find(snapshots); at != root.npos; at = root.find(snapshots, at + 1)) {
    StringRef repository = root.take_front(at), blob = real;
    struct stat status;
    if (sys::path::filename(repository).starts_with("models--") && root.size() > at + snapshots.size() && blob.consume_front(repository) &&
        blob.consume_front("/blobs/") && !blob.contains('/') && ::lstat(real.str().c_str(), &status) == 0 && S_ISREG(status.st_mode))
      return true;
  }
  return false;
}

} // namespace

Result<std::string> pathWithin(StringRef root, StringRef relative, std::string &why) {
  if (why = lexicalFault(relative); !why.empty())
    return failure();
  SmallString<256> path(root.empty() ? "." : root);
  for (StringRef part : split(relative, '/'))
    if (!part.empty() && part != ".")
      sys::path::append(path, part);
  std::string top = resolved(root.empty() ? "." : root.str());
  if (top.empty())
    return std::string(path); // nothing exists there, so nothing leads out
  if (top.back() != '/')
    top += '/';

  // The links of the longest part that exists decide where the path really goes.
  std::string prefix = root.empty() ? "." : root.str();
  for (StringRef part : split(relative, '/')) {
    if (part.empty() || part == ".")
      continue;
    prefix += "/";
    prefix += part;
    struct stat status;
    if (::lstat(prefix.c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ENOTDIR)
        break;
      why = sys::StrError();
      return failure();
    }
    std::string real = resolved(prefix);
    if (real.empty()) {
      why = "'" + part.str() + "' cannot be followed: " + sys::StrError();
      return failure();
    }
    if (!StringRef(real + "/").starts_with(top) && !isCachedBlob(real, top)) {
      why = "'" + part.str() + "' is a symbolic link out of the folder (cp -RL copies a model with the targets of its links)";
      return failure();
    }
  }
  return std::string(path);
}

} // namespace mil
