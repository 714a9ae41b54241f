// milc as a process: signals, crashes, memory that runs out, and standard output that can't be written.
//
//   SIGINT, SIGTERM and other signals that end a process   remove unfinished outputs and end it as usual (mil/Support/Outputs.h)
//   SIGXFSZ                                                ignored: writing past the limit is an error like a full disk
//   crashes                                                print a stack trace, say where to report it, remove unfinished outputs
#pragma once

namespace milc {

/// To be called first.
void prepareProcess(const char *program);

/// From here on standard output only tells what was done: that it can't be told (a pipe that was closed, a full disk) is no failure.
void outputIsWritten();

/// Flushes standard output. `status` unless what it holds was asked for and couldn't be written.
int endProcess(int status);

} // namespace milc
