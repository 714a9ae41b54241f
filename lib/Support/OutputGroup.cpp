#include "PendingOutput.h"
#include "Renaming.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Paths.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace mil {

namespace {

/// Keeps others from committing to a folder at the same time, where the file system has locks.
class FolderLock {
public:
  explicit FolderLock(const std::string &folder) : fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd >= 0)
      sys::RetryAfterSignal(-1, ::flock, fd, LOCK_EX);
  }
  ~FolderLock() {
    if (fd >= 0)
      ::close(fd);
  }
  FolderLock(const FolderLock &) = delete;

private:
  int fd;
};

} // namespace

struct OutputGroup::Impl {
  struct Member {
    Temporary *temporary = nullptr;
    std::unique_ptr<raw_fd_ostream> out;
    std::string destination; ///< empty for a part that has no name
  };
  /// A part whose destination existed before.
  struct Reuse {
    size_t part;
    std::string path;
    struct stat seen;
  };
  struct Marker {
    std::string path, original;
  };

  std::string folder, subfolder;
  bool force = false;
  Member main;
  std::vector<Member> companions, parts;
  std::vector<Temporary *> made; ///< under their final names: the subfolder, then files in it
  std::vector<Marker> markers;
  std::vector<Reuse> reused;

  class PendingGroup;

  ~Impl(); ///< removes all temporary files unless committed
  Status close(Member &member, DiagnosticEngine &diags) const;
  Status markOld(const OldParts &oldParts);
  Status keepReused(DiagnosticEngine &diags);
  Status makeSubfolder(DiagnosticEngine &diags);
  bool removeMembers();
  void removeOld(DiagnosticEngine &diags);
  Status renameCompanions(DiagnosticEngine &diags);
};

OutputGroup::OutputGroup(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}

OutputGroup::~OutputGroup() = default;

OutputGroup::Impl::~Impl() {
  for (std::vector<Member> *members : {&companions, &parts})
    for (Member &member : *members)
      if (member.out)
        (void)closeStream(*member.out, false);
  if (main.out)
    (void)closeStream(*main.out, false);
  SignalPause pause;
  // The main file last: members without one would look committed.
  if (removeMembers() && main.temporary)
    (void)removeNow(*main.temporary);
}

/// Undoes all but the main file; whether that worked.
bool OutputGroup::Impl::removeMembers() {
  bool all = true;
  for (Temporary *each : reverse(made))
    all &= !removeNow(*each);
  for (Marker &marker : markers)
    all &= !removeAll(marker.path);
  for (std::vector<Member> *members : {&companions, &parts})
    for (Member &member : *members)
      all &= !removeNow(*member.temporary);
  return all;
}

Result<std::unique_ptr<OutputGroup>> OutputGroup::create(StringRef path, StringRef subfolder, bool force, DiagnosticEngine &diags) {
  if (!checkOutputFile(path, force, diags))
    return failure();
  if (isStream(path))
    return diags.report({}, diag::CannotWrite, path, "it is not a regular file");
  auto impl = std::make_unique<Impl>();
  impl->folder = folderOf(path);
  impl->subfolder = subfolder.str();
  impl->force = force;
  clearLeftovers(impl->folder);
  int fd = -1;
  impl->main.temporary = createTemporary(path, TemporaryKind::File, fd);
  if (!impl->main.temporary)
    return diags.report({}, diag::CannotWrite, path, sys::StrError());
  impl->main.destination = path.str();
  impl->main.out = std::make_unique<raw_fd_ostream>(fd, /*shouldClose=*/true);
  return std::unique_ptr<OutputGroup>(new OutputGroup(std::move(impl)));
}

raw_ostream &OutputGroup::stream() { return *impl->main.out; }

Result<raw_ostream *> OutputGroup::addCompanion(StringRef path, DiagnosticEngine &diags) {
  if (!checkOutputFile(path, impl->force, diags))
    return failure();
  int fd = -1;
  Impl::Member member;
  member.temporary = createMember(*impl->main.temporary, sys::path::filename(path), "next", fd);
  if (!member.temporary)
    return diags.report({}, diag::CannotWrite, path, sys::StrError());
  member.destination = path.str();
  member.out = std::make_unique<raw_fd_ostream>(fd, /*shouldClose=*/true);
  impl->companions.push_back(std::move(member));
  return static_cast<raw_ostream *>(impl->companions.back().out.get());
}

Result<size_t> OutputGroup::addPart(DiagnosticEngine &diags) {
  int fd = -1;
  Impl::Member member;
  std::string name = impl->subfolder + "-" + std::to_string(impl->parts.size());
  member.temporary = createMember(*impl->main.temporary, name, "part", fd);
  if (!member.temporary)
    return diags.report({}, diag::CannotWrite, impl->main.destination, sys::StrError());
  ::close(fd);
  impl->parts.push_back(std::move(member));
  return impl->parts.size() - 1;
}

StringRef OutputGroup::partPath(size_t part) const { return pathOf(*impl->parts[part].temporary); }

/// While signals wait.
Status OutputGroup::Impl::makeSubfolder(DiagnosticEngine &diags) {
  std::string inner = pathBelow(folder, subfolder);
  if (::mkdir(inner.c_str(), 0777) == 0)
    made.push_back(addMade(*main.temporary, inner, TemporaryKind::EmptyFolder));
  else if (errno != EEXIST)
    return diags.report({}, diag::CannotWrite, inner, sys::StrError());
  return success();
}

Result<bool> OutputGroup::namePart(size_t part, StringRef name, DiagnosticEngine &diags) {
  std::string path = pathBelow(pathBelow(impl->folder, impl->subfolder), name);
  SignalPause pause; // between making and registering
  if (!impl->makeSubfolder(diags))
    return failure();
  if (!linkNew(pathOf(*impl->parts[part].temporary), path)) {
    if (errno == EEXIST)
      return false;
    return diags.report({}, diag::CannotWrite, path, sys::StrError());
  }
  impl->made.push_back(addMade(*impl->main.temporary, path, TemporaryKind::File));
  impl->parts[part].destination = path;
  return true;
}

Status OutputGroup::reusePart(size_t part, StringRef name, DiagnosticEngine &diags) {
  Impl::Reuse reuse{part, pathBelow(pathBelow(impl->folder, impl->subfolder), name), {}};
  if (::lstat(reuse.path.c_str(), &reuse.seen) != 0)
    return diags.report({}, diag::CannotWrite, reuse.path, sys::StrError());
  impl->reused.push_back(std::move(reuse));
  return success();
}

/// Another output at the same place may have been committed meanwhile, and have removed what was to be reused: the part itself takes its
/// name then.
Status OutputGroup::Impl::keepReused(DiagnosticEngine &diags) {
  for (const Reuse &reuse : reused) {
    struct stat now;
    if (::lstat(reuse.path.c_str(), &now) == 0) {
      if (now.st_dev == reuse.seen.st_dev && now.st_ino == reuse.seen.st_ino && now.st_size == reuse.seen.st_size &&
          now.st_mtime == reuse.seen.st_mtime)
        continue;
      return diags.report({}, diag::CannotWrite, reuse.path, "another process has written it meanwhile");
    }
    const std::string &from = pathOf(*parts[reuse.part].temporary);
    if (!makeSubfolder(diags))
      return failure();
    if (std::error_code error = syncPath(from))
      return diags.report({}, diag::CannotWrite, reuse.path, error.message());
    if (!linkNew(from, reuse.path))
      return diags.report({}, diag::CannotWrite, reuse.path, sys::StrError());
    made.push_back(addMade(*main.temporary, reuse.path, TemporaryKind::File));
  }
  return success();
}

Status OutputGroup::Impl::close(Member &member, DiagnosticEngine &diags) const {
  std::error_code error;
  if (member.out) {
    error = closeStream(*member.out, false);
    member.out.reset();
  }
  if (!error)
    error = syncPath(pathOf(*member.temporary));
  return error ? diags.report({}, diag::CannotWrite, member.destination, error.message()) : success();
}

/// Files that can't be marked are removed all the same; only a kill in between would leave them.
Status OutputGroup::Impl::markOld(const OldParts &oldParts) {
  if (!force || !oldParts)
    return success();
  Result<std::vector<std::string>> names = oldParts();
  if (!names)
    return failure();
  for (const std::string &name : *names) {
    std::string original = pathBelow(pathBelow(folder, subfolder), name);
    std::string path = memberPath(*main.temporary, subfolder + "-" + std::to_string(markers.size()), "old");
    ::link(original.c_str(), path.c_str());
    markers.push_back({path, original});
  }
  return success();
}

Status OutputGroup::Impl::renameCompanions(DiagnosticEngine &diags) {
  Status renamed = success();
  for (Member &companion : companions) {
    const std::string &from = pathOf(*companion.temporary);
    bool placed = false;
    for (int attempt = 0; attempt != 2 && !placed; ++attempt) // the main file is there already: once more is worth it
      placed = bool(renameAs(from, companion.destination, Rename::Replacing));
    if (!placed)
      renamed = diags.report({}, diag::CannotWrite, companion.destination, sys::StrError() + "; it is '" + from + "' now");
    forget(*companion.temporary);
  }
  return renamed;
}

void OutputGroup::Impl::removeOld(DiagnosticEngine &diags) {
  for (const Marker &marker : markers) {
    if (std::error_code error = removeAll(marker.original))
      diags.report({}, diag::OldOutputLeft, main.destination, marker.original, error.message());
    (void)removeAll(marker.path);
  }
  markers.clear();
  for (Member &part : parts)
    (void)removeNow(*part.temporary);
  ::rmdir(pathBelow(folder, subfolder).c_str()); // which the old output alone may have had use for
}

/// A group whose members are complete. Nobody else commits to its folder until it is done.
class OutputGroup::Impl::PendingGroup : public PendingOutput {
public:
  explicit PendingGroup(std::unique_ptr<Impl> impl) : impl(std::move(impl)), lock(this->impl->folder) {}

  Status prepare(const OldParts &oldParts, DiagnosticEngine &diags) {
    return impl->keepReused(diags) ? impl->markOld(oldParts) : failure();
  }
  Temporary &temporary() const override { return *impl->main.temporary; }
  StringRef destination() const override { return impl->main.destination; }
  bool replaces() const override { return impl->force; }
  bool isPlain() const override { return false; }
  Status place(DiagnosticEngine &diags) override {
    const std::string &from = pathOf(temporary()), &to = impl->main.destination;
    if (!(impl->force ? renameAs(from, to, Rename::Replacing) : renameNew(from, to)))
      return reportRename(to, diags);
    forget(temporary());
    for (Temporary *each : impl->made)
      forget(*each);
    impl->made.clear();
    return success();
  }
  Status settle(DiagnosticEngine &diags) override {
    Status renamed = impl->renameCompanions(diags);
    impl->removeOld(diags);
    return renamed;
  }

private:
  SignalPause pause; // markers aren't removed by signals
  std::unique_ptr<Impl> impl;
  FolderLock lock;
};

Status OutputGroup::commit(DiagnosticEngine &diags, const OldParts &oldParts) {
  for (Impl::Member &part : impl->parts)
    if (std::error_code error = part.destination.empty() ? std::error_code() : syncPath(part.destination))
      return diags.report({}, diag::CannotWrite, part.destination, error.message());
  for (Impl::Member &companion : impl->companions)
    if (!impl->close(companion, diags))
      return failure();
  if (!impl->close(impl->main, diags))
    return failure();
  // The names of parts must be on the disk before the one that refers to them. Not all file systems can wait for a folder.
  std::string inner = pathBelow(impl->folder, impl->subfolder);
  if (std::error_code error = impl->made.empty() ? std::error_code() : syncPath(inner); error && error != std::errc::invalid_argument)
    return diags.report({}, diag::CannotWrite, inner, error.message());

  auto pending = std::make_unique<Impl::PendingGroup>(std::move(impl));
  return pending->prepare(oldParts, diags) ? placeOrJoin(std::move(pending), diags) : failure();
}

} // namespace mil
