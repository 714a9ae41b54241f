// Temporary files and folders: their names, their removal on a signal, and the removal of those of processes that have ended.
//
// A temporary is next to its destination and is named `.NAME.milc-PROCESS-SERIAL.SUFFIX`. The suffix is its kind:
//
//   tmp       the output itself, a file or a folder; for an output of several files the main one, whose renaming is the commit
//   part      a file that the main one refers to; also in a folder NAME next to it (as a hard link) after it was named
//   next      a file that gets the name NAME after the commit
//   old       a hard link to a file in the folder NAME that the old output used, removed after the commit
//   tmp.old   an old folder that is moved aside, if the system can't exchange folders
//
// Outputs that appear together (OutputSet.h) become members of one of them, as `next` in their own folders. Symbolic links connect them:
//
//   also      in the folder of the main file: a link to a `next` in another folder
//   main      next to such a `next`: a link to the `tmp` of the main file
//   inode     a link whose target is the inode number of the new folder, if the main output is a folder that is exchanged with an old one:
//             if `tmp` has another number, they have been exchanged, and the output was committed
//
// All members of an output have the same serial. The main file is created first and removed last, so that members without it belong to a
// committed output, and members with it to an uncommitted one. This is sufficient to complete or to undo an output whose process was
// killed.
//
// The list of temporaries that signal handlers remove is append-only and its entries are never freed, so that a handler can read it at any
// time without a lock; each output adds the length of its path. The first entry installs handlers for the signals that request a process to
// end, if they have their default action. The handlers remove the registered temporaries with async-signal-safe calls only, then let the
// signal end the process.
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
  /// Parses the name of a file; nullopt if it isn't the name of a temporary.
  static std::optional<TemporaryName> parse(llvm::StringRef fileName);
};

/// Creates a temporary with the suffix `tmp` next to `destination`, with a mode that follows the umask. It is locked as long as this
/// process needs it, and registered for removal. For a file, `fd` is its descriptor, open for writing. Null on failure, with errno.
Temporary *createTemporary(llvm::StringRef destination, TemporaryKind kind, int &fd);
/// Creates another file of the output of `main`, in the same folder.
Temporary *createMember(const Temporary &main, llvm::StringRef name, llvm::StringRef suffix, int &fd);
/// Registers a file or folder that was created for the output of `main` under its final name.
Temporary *addMade(const Temporary &main, llvm::StringRef path, TemporaryKind kind);
/// The path of an existing or new member, in the folder of the main file or another one.
std::string memberPath(const Temporary &main, llvm::StringRef name, llvm::StringRef suffix);
std::string memberPath(const Temporary &main, llvm::StringRef name, llvm::StringRef suffix, llvm::StringRef folder);
/// The absolute path of a temporary.
const std::string &pathOf(const Temporary &temporary);
/// Removes a temporary from the list: it doesn't have to be removed any more.
void forget(Temporary &temporary);
/// Removes a temporary from disk, a folder with its content, and from the list.
std::error_code removeNow(Temporary &temporary);

/// Removes a file, or a folder with its content; retries if that may help. A missing file isn't an error.
std::error_code removeAll(const std::string &path);

/// Completes the outputs in `folder` that processes committed before they ended, and removes uncommitted ones.
void clearLeftovers(llvm::StringRef folder);

/// Delays signals that would end the process until the end of the scope, for steps that must not be interrupted. Applies to all threads.
class SignalPause {
public:
  SignalPause();
  ~SignalPause();
  SignalPause(const SignalPause &) = delete;
};

/// `folder` joined with `name`.
std::string pathBelow(llvm::StringRef folder, llvm::StringRef name);

} // namespace mil
