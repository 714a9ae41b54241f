#include "MappingGuard.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace mil {

namespace {

struct MappingGuard {
  std::atomic<uintptr_t> begin{0};
  std::atomic<size_t> size{0}; ///< 0: free
  std::atomic<bool> cut{false};
  int fd = -1;
  MappingGuard *next = nullptr;
};

std::atomic<MappingGuard *> guards{nullptr};
struct sigaction before;
size_t pageSize = 4096;

/// Puts zeros from the page of `address` to the end of the mapping; false when that can't be done.
bool standIn(MappingGuard &guard, uintptr_t address) {
  uintptr_t page = address / pageSize * pageSize, end = guard.begin.load() + guard.size.load();
  void *zeros = ::mmap(reinterpret_cast<void *>(page), end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  guard.cut.store(true);
  return zeros != MAP_FAILED;
}

void onBusError(int signal, siginfo_t *info, void *) {
  int savedErrno = errno;
  uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (MappingGuard *guard = guards.load(); guard; guard = guard->next) {
    uintptr_t begin = guard->begin.load();
    if (address >= begin && address < begin + guard->size.load() && standIn(*guard, address)) {
      errno = savedErrno;
      return;
    }
  }
  ::sigaction(signal, &before, nullptr); // and the fault happens again
  if (info->si_code <= 0)                // unless a process has sent it
    ::raise(signal);
}

void installHandler() {
  pageSize = size_t(::sysconf(_SC_PAGESIZE));
  struct sigaction action{};
  action.sa_sigaction = onBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, &before);
}

MappingGuard *guardOf(const char *begin) {
  for (MappingGuard *guard = guards.load(); guard; guard = guard->next)
    if (guard->size.load() != 0 && guard->begin.load() == reinterpret_cast<uintptr_t>(begin))
      return guard;
  return nullptr;
}

std::mutex changing;

} // namespace

void guardMapping(const char *begin, size_t size, int fd) {
  static std::once_flag once;
  std::call_once(once, installHandler);
  std::lock_guard<std::mutex> lock(changing);
  MappingGuard *guard = guards.load();
  while (guard && guard->size.load() != 0)
    guard = guard->next;
  if (!guard) {
    guard = new MappingGuard;
    guard->next = guards.load();
    guards.store(guard);
  }
  guard->cut.store(false);
  guard->begin.store(reinterpret_cast<uintptr_t>(begin));
  guard->fd = fd;
  guard->size.store(size);
}

bool wasCut(const char *begin) {
  std::lock_guard<std::mutex> lock(changing);
  const MappingGuard *guard = guardOf(begin);
  struct stat status;
  return guard && (guard->cut.load() || ::fstat(guard->fd, &status) != 0 || uint64_t(status.st_size) < guard->size.load());
}

void dropGuard(const char *begin) {
  std::lock_guard<std::mutex> lock(changing);
  if (MappingGuard *guard = guardOf(begin)) {
    ::close(std::exchange(guard->fd, -1));
    guard->size.store(0);
  }
}

} // namespace mil
