// Unfinished outputs of processes that have ended.
#include "Temporary.h"
#include "mil/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace mil {

namespace {

struct Leftover {
  TemporaryName name;
  std::string path;
};

/// The files of one output.
using Leftovers = std::vector<Leftover>;

bool exists(const std::string &path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

const Leftover *withSuffix(const Leftovers &output, StringRef suffix) {
  auto found = find_if(output, [&](const Leftover &each) { return each.name.suffix == suffix; });
  return found == output.end() ? nullptr : &*found;
}

/// All outputs under construction in `folder`, this process's left out.
std::map<std::pair<int64_t, uint64_t>, Leftovers> outputsIn(StringRef folder) {
  std::map<std::pair<int64_t, uint64_t>, Leftovers> outputs;
  std::error_code error;
  for (sys::fs::directory_iterator at(folder, error, /*follow_symlinks=*/false), end; at != end && !error; at.increment(error)) {
    std::optional<TemporaryName> name = TemporaryName::parse(sys::path::filename(at->path()));
    if (name && name->process != ::getpid())
      outputs[{name->process, name->serial}].push_back({*name, at->path()});
  }
  return outputs;
}

/// Whether another process holds a lock on a file or folder.
bool isLocked(const std::string &path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool locked = ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return locked;
}

/// The number may be that of a process in another container, which shares the folder and not our processes: the lock tells then.
bool isAbandoned(const Leftovers &output) {
  if (::kill(pid_t(output.front().name.process), 0) == 0 || errno != ESRCH)
    return false;
  const Leftover *main = withSuffix(output, "tmp");
  return !main || !isLocked(main->path);
}

/// Removes the other name of a file that a member is a link to, in the folder that the member is named after ("weights-0": weights).
void removeTwin(StringRef folder, const Leftover &member) {
  struct stat self, other;
  StringRef sub = StringRef(member.name.name).rsplit('-').first;
  if (sub.empty() || sub.starts_with(".") || sub.contains('/') || ::lstat(member.path.c_str(), &self) != 0 || !S_ISREG(self.st_mode))
    return;
  std::string inner = pathBelow(folder, sub);
  if (::lstat(inner.c_str(), &other) != 0 || !S_ISDIR(other.st_mode))
    return;
  std::error_code error;
  if (self.st_nlink > 1)
    for (sys::fs::directory_iterator at(inner, error, /*follow_symlinks=*/false), end; at != end && !error; at.increment(error))
      if (::lstat(at->path().c_str(), &other) == 0 && other.st_dev == self.st_dev && other.st_ino == self.st_ino) {
        ::unlink(at->path().c_str());
        break;
      }
  // The folder may have been made for it.
  ::rmdir(inner.c_str());
}

/// What a symbolic link holds that records something; empty when it can't be read.
std::string recorded(const Leftover &record) {
  std::error_code error;
  return std::filesystem::read_symlink(record.path, error).string();
}

/// Whether its main file or folder has got its name.
bool isCommitted(const Leftovers &output) {
  const Leftover *main = withSuffix(output, "tmp"), *fresh = withSuffix(output, "inode");
  struct stat status;
  return !main || (fresh && ::lstat(main->path.c_str(), &status) == 0 && std::to_string(status.st_ino) != recorded(*fresh));
}

/// Gives a member in another folder its name, or removes it.
void settleMember(StringRef next, bool committed) {
  std::optional<TemporaryName> name = TemporaryName::parse(sys::path::filename(next));
  if (!name || name->suffix != "next")
    return;
  std::string folder = folderOf(next);
  if (committed)
    ::rename(next.str().c_str(), pathBelow(folder, name->name).c_str());
  else
    removeAll(next.str());
  name->suffix = "main";
  ::unlink(pathBelow(folder, name->str()).c_str());
}

/// What came after the renaming of the main file.
void finish(StringRef folder, const Leftovers &output) {
  for (const Leftover &member : output)
    if (member.name.suffix == "next" && !StringRef(member.name.name).starts_with("."))
      ::rename(member.path.c_str(), pathBelow(folder, member.name.name).c_str());
  for (const Leftover &member : output)
    if (member.name.suffix == "also") {
      settleMember(recorded(member), /*committed=*/true);
      ::unlink(member.path.c_str());
    }
  for (const Leftover &member : output) {
    if (member.name.suffix == "old")
      removeTwin(folder, member);
    if (member.name.suffix == "old" || member.name.suffix == "part")
      ::unlink(member.path.c_str());
  }
  if (const Leftover *old = withSuffix(output, "tmp")) // it has changed places with the new one
    removeAll(old->path);
  if (const Leftover *fresh = withSuffix(output, "inode"))
    ::unlink(fresh->path.c_str());
}

/// What came before, and the main file last.
void undo(StringRef folder, const Leftovers &output) {
  for (const Leftover &member : output) {
    if (member.name.suffix == "part")
      removeTwin(folder, member);
    if (member.name.suffix == "also")
      settleMember(recorded(member), /*committed=*/false);
    if (member.name.suffix != "tmp")
      removeAll(member.path);
  }
  removeAll(withSuffix(output, "tmp")->path);
}

/// Two renames replace an exchange: the old folder aside, the new one, which is complete by then, in its place.
void settleFolder(StringRef folder, const Leftovers &output, const Leftover &aside) {
  std::string destination = pathBelow(folder, aside.name.name);
  const Leftover *fresh = withSuffix(output, "tmp");
  if (!exists(destination))
    ::rename((fresh ? *fresh : aside).path.c_str(), destination.c_str());
  if (!exists(destination))
    return;
  finish(folder, output);
  removeAll(aside.path);
}

using Key = std::pair<int64_t, uint64_t>;

/// Completes an output of a process that is gone if it was committed, and removes it if it wasn't, unless `onlyCommitted`.
void settle(StringRef folder, const Key &key, const Leftovers &output, bool onlyCommitted) {
  if (!isAbandoned(output))
    return;
  const Leftover *elsewhere = withSuffix(output, "main");
  if (elsewhere && !withSuffix(output, "tmp") && !withSuffix(output, "also")) {
    // The main one's folder tells what became of it.
    std::string home = folderOf(recorded(*elsewhere));
    std::map<Key, Leftovers> there = outputsIn(home);
    auto found = there.find(key);
    if (found != there.end() && (withSuffix(found->second, "tmp") || withSuffix(found->second, "also")))
      settle(home, key, found->second, onlyCommitted);
    else if (!onlyCommitted)
      for (const Leftover &member : output)
        removeAll(member.path);
  } else if (const Leftover *aside = withSuffix(output, "tmp.old")) {
    settleFolder(folder, output, *aside);
  } else if (isCommitted(output)) {
    finish(folder, output);
  } else if (!onlyCommitted) {
    undo(folder, output);
  }
}

} // namespace

void clearLeftovers(StringRef folder) {
  for (const auto &[key, output] : outputsIn(folder))
    settle(folder, key, output, /*onlyCommitted=*/false);
}

void finishInterrupted(StringRef path) {
  std::string folder = folderOf(path);
  for (const auto &[key, output] : outputsIn(folder))
    settle(folder, key, output, /*onlyCommitted=*/true);
}

} // namespace mil
