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
#include <unistd.h>

namespace milc {

static bool onlyReport = false;

/// By calls that need no memory.
[[noreturn]] static void endWithoutMemory() {
  static const char message[] = "milc: error: out of memory\n";
  (void)!::write(STDERR_FILENO, message, sizeof message - 1);
  mil::removeUnfinishedOutputs();
  ::_exit(exitBadInput);
}

void prepareProcess(const char *program) {
  // The stack trace takes every signal; those that ask to end are given back, for outputs to handle them. One may be ignored, as nohup
  // does.
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
  out.clear_error(); // else the stream's end is the process's
  llvm::errs().clear_error();
  if (!failed || onlyReport)
    return status;
  llvm::errs() << "milc: cannot write to standard output" << (error ? ": " + error.message() : "") << "\n";
  return exitBadInput;
}

} // namespace milc
