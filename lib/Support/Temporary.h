// Temporary files and folders that a signal has to remove.
//
// The list is append-only and its entries are never freed, so that a signal handler can walk it at any moment without a lock; an output
// costs it the length of its path. Handlers are installed by the first entry, for SIGINT, SIGTERM and SIGHUP, where those have their
// default action; they remove what is registered using async-signal-safe calls only, then let the signal end the process.
#pragma once

#include "mil/Support/Files.h"

namespace mil {

enum class TemporaryKind : uint8_t { File, Folder };

/// A fresh sibling of `destination`, created with the mode that the umask gives and registered for removal. For a file `fd` is its
/// descriptor, open for writing. On failure null, with errno.
Temporary *createTemporary(llvm::StringRef destination, TemporaryKind kind, int &fd);
/// The absolute path of a temporary.
const std::string &pathOf(const Temporary &temporary);
/// What is there no longer needs to be removed.
void forget(Temporary &temporary);
/// Removes what is there, folders with all they hold, and forgets it.
void removeNow(Temporary &temporary);

/// Keeps SIGINT, SIGTERM and SIGHUP waiting until the end of the scope, for steps that must be taken together.
class SignalPause {
public:
  SignalPause();
  ~SignalPause();
  SignalPause(const SignalPause &) = delete;

private:
  struct Mask;
  std::unique_ptr<Mask> before;
};

} // namespace mil
