#include "Temporary.h"
#include "mil/Support/PendingPath.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <dirent.h>
#include <sys/syscall.h>
#else
#include <sys/wait.h>
#endif

using namespace llvm;

namespace mil {

struct Temporary {
  std::string path;
  TemporaryKind kind;
  TemporaryName name;
  int lock; ///< a descriptor that keeps others from taking it for abandoned
  std::atomic<bool> there;
  Temporary *next;
};

namespace {

std::atomic<Temporary *> temporaries{nullptr};

/// Those that end a process unless it does something about them, and don't mean that it crashed. SIGPIPE among them: what reads our
/// messages may go away in the middle of an output.
constexpr int handledSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1, SIGUSR2};

/// Scopes of SignalPause that are open, and the signal that waits for their end.
std::atomic<unsigned> pauses{0};
std::atomic<int> waiting{0};

#ifdef __linux__
/// As the kernel writes it for getdents64.
struct KernelEntry {
  uint64_t inode;
  int64_t next;
  uint16_t length;
  uint8_t type;
  char name[];
};

/// Empties the folder `fd` and what it holds down to `depth` (the outputs of milc nest 4 deep). Only async-signal-safe calls: opendir
/// would allocate. Links are removed, not followed.
void emptyFolder(int fd, int depth) {
  alignas(KernelEntry) char buffer[2048];
  for (long got; (got = ::syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
    for (long at = 0; at < got;) {
      auto *entry = reinterpret_cast<KernelEntry *>(buffer + at);
      at += entry->length;
      if (!std::strcmp(entry->name, ".") || !std::strcmp(entry->name, "..") || ::unlinkat(fd, entry->name, 0) == 0 || depth == 0)
        continue;
      int inner = ::openat(fd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (inner < 0)
        continue;
      emptyFolder(inner, depth - 1);
      ::close(inner);
      ::unlinkat(fd, entry->name, AT_REMOVEDIR);
    }
}

void removeFolderInHandler(const char *path) {
  int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return;
  // Removing entries while reading a folder may skip some on some file systems: read again until it is gone, within reason.
  for (int round = 0; round != 16; ++round) {
    emptyFolder(fd, 16);
    if (::rmdir(path) == 0)
      break;
    ::lseek(fd, 0, SEEK_SET);
  }
  ::close(fd);
}
#else
void removeFolderInHandler(const char *path) {
  pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/rm", "rm", "-rf", "--", path, static_cast<char *>(nullptr));
    ::_exit(127);
  }
  if (child > 0)
    ::waitpid(child, nullptr, 0);
}
#endif

/// Members come before their main file in the list. When one can't be removed the main file stays, too, for without it the output would
/// look committed.
void removeInHandler() {
  uint64_t stuck = UINT64_MAX;
  for (Temporary *entry = temporaries.load(); entry; entry = entry->next) {
    if (!entry->there.load() || entry->name.serial == stuck)
      continue;
    if (entry->kind == TemporaryKind::Folder)
      removeFolderInHandler(entry->path.c_str());
    else if (entry->kind == TemporaryKind::EmptyFolder)
      ::rmdir(entry->path.c_str());
    else if (::unlink(entry->path.c_str()) != 0 && errno != ENOENT)
      stuck = entry->name.serial;
  }
}

void cleanUpAndDie(int signal) {
  if (pauses.load() != 0) {
    waiting.store(signal);
    // The last pause may have ended in between, on another thread: then no other thread will check.
    if (pauses.load() != 0 || waiting.exchange(0) == 0)
      return;
  }
  removeInHandler();
  ::signal(signal, SIG_DFL);
  ::raise(signal); // pending until the handler returns
}

void fillWithHandled(sigset_t &set) {
  sigemptyset(&set);
  for (int signal : handledSignals)
    sigaddset(&set, signal);
}

void installHandlers() {
  for (int signal : handledSignals) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) != 0 || (action.sa_flags & SA_SIGINFO) || action.sa_handler != SIG_DFL)
      continue;
    action = {};
    action.sa_handler = cleanUpAndDie;
    action.sa_flags = SA_RESTART; // a signal that waits must not make the calls of a commit fail
    fillWithHandled(action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }
}

Temporary *enlist(std::string path, TemporaryKind kind, TemporaryName name, int lock) {
  auto *entry = new Temporary{std::move(path), kind, std::move(name), lock, true, temporaries.load()};
  while (!temporaries.compare_exchange_weak(entry->next, entry))
    ;
  return entry;
}

/// A descriptor that holds a lock on a temporary; -1 if it can't be locked. File systems without locks are not an error.
int lockTemporary(const std::string &path, TemporaryKind kind, int fd) {
  int lock = kind == TemporaryKind::File ? ::fcntl(fd, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock >= 0)
    ::flock(lock, LOCK_EX | LOCK_NB);
  return lock;
}

std::atomic<uint64_t> nextSerial{0};

/// Before anything is made: a signal between making and enlisting must find a handler to wait in.
void prepareHandlers() {
  static std::once_flag once;
  std::call_once(once, installHandlers);
}

} // namespace

std::string TemporaryName::str() const {
  return "." + name + ".milc-" + std::to_string(process) + "-" + std::to_string(serial) + "." + suffix;
}

std::optional<TemporaryName> TemporaryName::parse(StringRef fileName) {
  TemporaryName parsed;
  size_t mark = fileName.rfind(".milc-");
  if (!fileName.consume_front(".") || mark == StringRef::npos || mark < 2)
    return std::nullopt;
  parsed.name = fileName.take_front(mark - 1).str();
  auto [process, rest] = fileName.drop_front(mark - 1).drop_front(StringRef(".milc-").size()).split('-');
  auto [serial, suffix] = rest.split('.');
  if (process.getAsInteger(10, parsed.process) || parsed.process <= 0 || serial.getAsInteger(10, parsed.serial))
    return std::nullopt;
  parsed.suffix = suffix.str();
  return parsed;
}

std::string finalPath(StringRef path) {
  std::string settled;
  for (StringRef part : split(path, '/')) {
    std::optional<TemporaryName> name = TemporaryName::parse(part);
    bool isOwn = name && name->process == ::getpid() && name->suffix == "tmp";
    settled += (part.data() == path.data() ? "" : "/") + (isOwn ? name->name : part.str());
  }
  return settled;
}

Temporary *createTemporary(StringRef destination, TemporaryKind kind, int &fd) {
  prepareHandlers();
  SmallString<256> folder(destination);
  if (std::error_code error = sys::fs::make_absolute(folder)) {
    errno = error.value();
    return nullptr;
  }
  // Names have 255 bytes at most, of which the suffix needs some.
  TemporaryName name{sys::path::filename(folder).take_front(200).str(), ::getpid(), 0, "tmp"};
  sys::path::remove_filename(folder);
  SignalPause pause; // between creating and enlisting
  for (int attempt = 0; attempt != 1000; ++attempt) {
    name.serial = nextSerial++;
    SmallString<256> path = folder;
    sys::path::append(path, name.str());
    if (kind == TemporaryKind::File)
      fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    else
      fd = ::mkdir(path.c_str(), 0777);
    if (fd >= 0) {
      int lock = lockTemporary(std::string(path), kind, fd);
      return enlist(std::string(path), kind, name, lock);
    }
    if (errno != EEXIST && errno != EINTR)
      return nullptr;
  }
  return nullptr;
}

std::string memberPath(const Temporary &main, StringRef name, StringRef suffix, StringRef folder) {
  return pathBelow(folder, TemporaryName{name.str(), main.name.process, main.name.serial, suffix.str()}.str());
}

std::string memberPath(const Temporary &main, StringRef name, StringRef suffix) {
  return memberPath(main, name, suffix, sys::path::parent_path(main.path));
}

Temporary *createMember(const Temporary &main, StringRef name, StringRef suffix, int &fd) {
  SignalPause pause;
  std::string path = memberPath(main, name, suffix);
  fd = sys::RetryAfterSignal(-1, [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  if (fd < 0)
    return nullptr;
  return enlist(std::move(path), TemporaryKind::File, {name.str(), main.name.process, main.name.serial, suffix.str()}, -1);
}

Temporary *addMade(const Temporary &main, StringRef path, TemporaryKind kind) {
  SmallString<256> absolute(path);
  (void)sys::fs::make_absolute(absolute);
  return enlist(std::string(absolute), kind, main.name, -1);
}

const std::string &pathOf(const Temporary &temporary) { return temporary.path; }

void forget(Temporary &temporary) {
  if (temporary.there.exchange(false) && temporary.lock >= 0)
    ::close(temporary.lock);
}

std::error_code removeNow(Temporary &temporary) {
  if (!temporary.there.load())
    return {};
  std::error_code error;
  if (temporary.kind == TemporaryKind::EmptyFolder)
    ::rmdir(temporary.path.c_str());
  else
    error = removeAll(temporary.path);
  forget(temporary);
  return error;
}

std::error_code removeAll(const std::string &path) {
  std::error_code error;
  for (int attempt = 0; attempt != 3; ++attempt) {
    error.clear();
    std::filesystem::remove_all(path, error);
    if (!error)
      break;
  }
  return error;
}

void removeUnfinishedOutputs() { removeInHandler(); }

std::string pathBelow(StringRef folder, StringRef name) {
  SmallString<256> path(folder);
  sys::path::append(path, name);
  return std::string(path);
}

SignalPause::SignalPause() {
  prepareHandlers();
  ++pauses;
}

SignalPause::~SignalPause() {
  if (--pauses == 0)
    if (int signal = waiting.exchange(0))
      ::raise(signal);
}

} // namespace mil
