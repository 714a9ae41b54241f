// milc as a process: signals, crashes, memory that runs out, and standard output that can't be written.
//
//   SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE   remove outputs under construction and end the process as they would (mil/Support/Files.h)
//   SIGXFSZ                                     ignored: writing past the limit is an error like a full disk
//   crashes                                     print a stack trace, say where to report it, remove outputs under construction
#pragma once

namespace milc {

/// To be called first.
void prepareProcess(const char *program);

/// From here on standard output only tells what was done: that it can't be told (a pipe that was closed, a full disk) is no failure.
void outputIsWritten();

/// Flushes standard output. `status` unless what it holds was asked for and couldn't be written.
int endProcess(int status);

} // namespace milc
