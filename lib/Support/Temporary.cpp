#include "Temporary.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
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
  std::atomic<bool> there;
  Temporary *next;
};

namespace {

std::atomic<Temporary *> temporaries{nullptr};

constexpr int handledSignals[] = {SIGINT, SIGTERM, SIGHUP};

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

void cleanUpAndDie(int signal) {
  for (Temporary *entry = temporaries.load(); entry; entry = entry->next)
    if (entry->there.load()) {
      if (entry->kind == TemporaryKind::Folder)
        removeFolderInHandler(entry->path.c_str());
      else
        ::unlink(entry->path.c_str());
    }
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
    fillWithHandled(action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }
}

Temporary *enlist(std::string path, TemporaryKind kind) {
  static std::once_flag once;
  std::call_once(once, installHandlers);
  auto *entry = new Temporary{std::move(path), kind, true, temporaries.load()};
  while (!temporaries.compare_exchange_weak(entry->next, entry))
    ;
  return entry;
}

} // namespace

Temporary *createTemporary(StringRef destination, TemporaryKind kind, int &fd) {
  static std::atomic<unsigned> serial{0};
  SmallString<256> folder(destination);
  if (std::error_code error = sys::fs::make_absolute(folder)) {
    errno = error.value();
    return nullptr;
  }
  // Names have 255 bytes at most, of which the suffix needs some.
  std::string stem = sys::path::filename(folder).take_front(200).str();
  sys::path::remove_filename(folder);
  SignalPause pause; // between creating and enlisting
  for (int attempt = 0; attempt != 1000; ++attempt) {
    SmallString<256> path = folder;
    sys::path::append(path, "." + stem + ".milc-" + std::to_string(::getpid()) + "-" + std::to_string(serial++) + ".tmp");
    if (kind == TemporaryKind::File)
      fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    else
      fd = ::mkdir(path.c_str(), 0777);
    if (fd >= 0)
      return enlist(std::string(path), kind);
    if (errno != EEXIST && errno != EINTR)
      return nullptr;
  }
  return nullptr;
}

const std::string &pathOf(const Temporary &temporary) { return temporary.path; }
void forget(Temporary &temporary) { temporary.there.store(false); }

void removeNow(Temporary &temporary) {
  if (!temporary.there.load())
    return;
  std::error_code ignored;
  std::filesystem::remove_all(temporary.path, ignored);
  forget(temporary);
}

struct SignalPause::Mask {
  sigset_t set;
};

SignalPause::SignalPause() : before(std::make_unique<Mask>()) {
  sigset_t handled;
  fillWithHandled(handled);
  ::pthread_sigmask(SIG_BLOCK, &handled, &before->set);
}

SignalPause::~SignalPause() { ::pthread_sigmask(SIG_SETMASK, &before->set, nullptr); }

} // namespace mil
