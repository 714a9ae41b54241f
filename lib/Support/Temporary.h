// Temporary files and folders: their names, removing them on a signal, and those of processes that have ended.
//
// A temporary is beside its destination and is called `.NAME.milc-PROCESS-SERIAL.SUFFIX`. The suffix is its kind:
//
//   tmp       the output itself, a file or a folder; for an output of several files the main one, whose renaming is the commit
//   part      a file that the main one refers to, also to be seen in a folder NAME beside it (a hard link) once it has its name
//   next      a file that gets the name NAME after the commit
//   old       a hard link to a file in the folder NAME that the old output used, removed after the commit
//   tmp.old   an old folder on its way out, where folders can't change places
//
// Outputs that appear together (OutputSet.h) become members of one of them, as `next` in their own folders. Symbolic links record what
// belongs together:
//
//   also      in the main one's folder: leads to a `next` in another folder
//   main      beside such a `next`: leads to the main one's `tmp`
//   inode     "leads" to the number of the new folder, if the main one is a folder that changes places with an old one; if `tmp` is another,
//             they have changed places, and the output was committed
//
// Members of one output have one serial. The main file is made first and removed last, so that members without it belong to an output that
// was committed, and members with it to one that wasn't: that is all that is needed to finish or to undo what a kill interrupted.
//
// The list of what signals remove is append-only and its entries are never freed, so that a signal handler can walk it at any moment
// without a lock; an output costs it the length of its path. Handlers are installed by the first entry, for the signals that ask a process
// to end, where those have their default action; they remove what is registered using async-signal-safe calls only, then let the signal end
// the process.
#pragma once

#include "mil/Support/Outputs.h"
#include <optional>
#include <system_error>

namespace mil {

enum class TemporaryKind : uint8_t { File, Folder, EmptyFolder /*removed only if nothing is in it*/ };

struct TemporaryName {
  std::string name;
  int64_t process = 0;
  uint64_t serial = 0;
  std::string suffix;

  std::string str() const;
  /// Takes a file's name apart; nullopt for one that isn't such a name.
  static std::optional<TemporaryName> parse(llvm::StringRef fileName);
};

/// A fresh sibling of `destination` with the suffix `tmp`, created with the mode that the umask gives, locked for as long as this process
/// needs it, and registered for removal. For a file `fd` is its descriptor, open for writing. On failure null, with errno.
Temporary *createTemporary(llvm::StringRef destination, TemporaryKind kind, int &fd);
/// Another file of the output that `main` is of, in the same folder.
Temporary *createMember(const Temporary &main, llvm::StringRef name, llvm::StringRef suffix, int &fd);
/// Registers what was made for the output that `main` is of under its final name.
Temporary *addMade(const Temporary &main, llvm::StringRef path, TemporaryKind kind);
/// The path that a member has or would have, in the folder of the main one or another.
std::string memberPath(const Temporary &main, llvm::StringRef name, llvm::StringRef suffix);
std::string memberPath(const Temporary &main, llvm::StringRef name, llvm::StringRef suffix, llvm::StringRef folder);
/// The absolute path of a temporary.
const std::string &pathOf(const Temporary &temporary);
/// What is there no longer needs to be removed.
void forget(Temporary &temporary);
/// Removes what is there, folders with all they hold, and forgets it.
std::error_code removeNow(Temporary &temporary);

/// Removes a file, or a folder with its content, trying again if that may help. A missing file isn't an error.
std::error_code removeAll(const std::string &path);

/// Finishes the outputs in `folder` that ended processes had committed, and removes those that they hadn't.
void clearLeftovers(llvm::StringRef folder);

/// Keeps signals that would end the process waiting until the end of the scope, for steps that must be taken together. Of all threads.
class SignalPause {
public:
  SignalPause();
  ~SignalPause();
  SignalPause(const SignalPause &) = delete;
};

/// `folder` joined with `name`.
std::string pathBelow(llvm::StringRef folder, llvm::StringRef name);

} // namespace mil
