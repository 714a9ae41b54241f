// milc as a process: signals, crashes, exhausted memory, and standard output that can't be written.
//
//   SIGINT, SIGTERM and other signals that end a process   remove unfinished outputs and end it as usual (mil/Support/Outputs.h)
//   SIGXFSZ                                                ignored: writing past the limit is an error like a full disk
//   crashes                                                print a stack trace and where to report it, remove unfinished outputs
#pragma once

namespace milc {

/// Must be called first.
void prepareProcess(const char *program);

/// After this call, standard output only contains messages about what was done: a failure to write it (a closed pipe, a full disk) isn't an
/// error.
void outputIsWritten();

/// Flushes standard output. Returns `status`, unless requested output couldn't be written.
int endProcess(int status);

} // namespace milc
