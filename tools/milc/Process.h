// milc as a process: signals, crashes, out of memory, and failures to write standard output.
//
//   SIGINT, SIGTERM and other signals that end a process   remove unfinished outputs and end it as usual (mil/Support/Outputs.h)
//   SIGXFSZ                                                ignored: writing past the limit is an error like a full disk
//   crashes                                                print a stack trace and where to report it, remove unfinished outputs
#pragma once

namespace milc {

/// Sets up the handling of signals, crashes and memory. Must be called first.
void prepareProcess(const char *program);

/// Call this once the outputs are written: from now on, standard output only contains a report, and a failure to write it (a closed pipe, a
/// full disk) is not an error.
void outputIsWritten();

/// Flushes standard output. Returns `status`, unless requested output couldn't be written.
int endProcess(int status);

} // namespace milc
