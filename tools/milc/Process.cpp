#include "Process.h"
#include "CommandLine.h"
#include "mil/Support/Outputs.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace milc {

static bool onlyReport = false;

/// Uses only calls that don't allocate memory.
[[noreturn]] static void endWithoutMemory() {
  static const char message[] = "milc: error: out of memory\n";
  (void)!::write(STDERR_FILENO, message, sizeof message - 1);
  mil::removeUnfinishedOutputs();
  ::_exit(exitBadInput);
}

/// What a fault does: LLVM's handler prints the stack and returns, so that the fault happens again and ends the process. One that another
/// process has sent doesn't happen again.
static struct sigaction reporting[NSIG];

static void reportAndEnd(int signal, siginfo_t *info, void *context) {
  const struct sigaction &action = reporting[signal];
  if (action.sa_flags & SA_SIGINFO)
    action.sa_sigaction(signal, info, context);
  else
    action.sa_handler(signal);
  if (info->si_code <= 0)
    ::raise(signal); // LLVM has restored the default
}

static void endByFaults() {
  for (int signal : {SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGSYS}) {
    ::sigaction(signal, nullptr, &reporting[signal]);
    struct sigaction action = reporting[signal];
    if (!(action.sa_flags & SA_SIGINFO) && (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
      continue;
    action.sa_sigaction = reportAndEnd;
    action.sa_flags |= SA_SIGINFO;
    ::sigaction(signal, &action, nullptr);
  }
}

/// Page faults take longer than what is done to the pages: a program of 100,000 operations takes tens of thousands of them, and operations
/// that run allocate and free blocks of the same sizes again and again. So the heap reserves address space for huge pages, which the system
/// gives on request, and keeps what is freed. Only what is used takes memory.
static void reserveHeap() {
#ifdef __GLIBC__
  constexpr int reserved = 1 << 30, largestBlock = 32 << 20, usualGrowth = 128 << 10;
  constexpr uintptr_t hugePage = 2 << 20;
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_MMAP_THRESHOLD, largestBlock);
  ::mallopt(M_TOP_PAD, reserved);
  auto begin = (reinterpret_cast<uintptr_t>(::sbrk(0)) + hugePage - 1) / hugePage * hugePage;
  void *volatile block = std::malloc(1 << 20); // more than there is: the heap grows
  std::free(block);
  ::mallopt(M_TOP_PAD, usualGrowth);
  auto end = reinterpret_cast<uintptr_t>(::sbrk(0));
  if (begin < end)
    ::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_HUGEPAGE); // where it fails, the heap has small pages
#endif
}

void prepareProcess(const char *program) {
  reserveHeap();
  // The stack trace takes every signal; those that request the process to end are restored, for outputs to handle them. One may be ignored,
  // as nohup does.
  constexpr int asking[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2};
  struct sigaction before[std::size(asking)];
  for (size_t i = 0; i != std::size(asking); ++i)
    ::sigaction(asking[i], nullptr, &before[i]);
  llvm::setBugReportMsg("milc crashed. Please report this with the stack trace, the command line and, if you can, the model.\n");
  llvm::EnablePrettyStackTrace();
  llvm::sys::PrintStackTraceOnErrorSignal(program);
  llvm::sys::AddSignalHandler([](void *) { mil::removeUnfinishedOutputs(); }, nullptr);
  for (size_t i = 0; i != std::size(asking); ++i)
    ::sigaction(asking[i], &before[i], nullptr);
  endByFaults();
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(endWithoutMemory);
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { endWithoutMemory(); });
}

void outputIsWritten() {
  onlyReport = true;
  ::signal(SIGPIPE, SIG_IGN);
}

int endProcess(int status) {
  llvm::raw_fd_ostream &out = llvm::outs();
  out.flush();
  std::cout.flush();
  bool failed = out.has_error() || !std::cout;
  std::error_code error = out.error();
  out.clear_error(); // otherwise the destructor of the stream would end the process
  llvm::errs().clear_error();
  if (!failed || onlyReport)
    return status;
  llvm::errs() << "milc: cannot write to standard output" << (error ? ": " + error.message() : "") << "\n";
  return exitBadInput;
}

} // namespace milc
