// milc as a process: signals, crashes, memory that runs out, and standard output that can't be written.
//
//   SIGINT, SIGTERM and other signals that end a process   remove unfinished outputs and end it as usual (mil/Support/Outputs.h)
//   SIGXFSZ                                                ignored: writing past the limit is an error like a full disk
//   crashes                                                print a stack trace, say where to report it, remove unfinished outputs
#pragma once

namespace milc {

/// To be called first.
void prepareProcess(const char *program);

/// From here on standard output only reports what was done: a failure to write it (a closed pipe, a full disk) isn't an error.
void outputIsWritten();

/// Flushes standard output. Returns `status`, unless requested output couldn't be written.
int endProcess(int status);

} // namespace milc
