#include "mil/Support/OutputSet.h"
#include "PendingOutput.h"
#include "Renaming.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace mil {

namespace {

/// The outputs of the set that there is.
struct Pending {
  bool isCollecting = false;
  std::vector<std::unique_ptr<PendingOutput>> outputs;
};
Pending pending;

/// Whether a path is below a folder that this process is still writing.
bool isUnderConstruction(StringRef path) {
  return any_of(make_range(sys::path::begin(path), sys::path::end(path)), [](StringRef part) {
    std::optional<TemporaryName> name = TemporaryName::parse(part);
    return name && name->process == ::getpid();
  });
}

/// Renames the outputs that follow another one, the main one. Destroying it undoes or completes the records.
class Followers {
public:
  explicit Followers(const PendingOutput &main) : main(main) {}
  ~Followers() {
    for (const Follower &each : followers) {
      if (!each.next.empty() && !isCommitted)
        (void)removeAll(each.next);
      for (const std::string &record : reverse(each.records))
        (void)removeAll(record);
    }
    if (!inode.empty())
      (void)removeAll(inode);
  }
  Followers(const Followers &) = delete;

  /// Makes an output a member of the main one, in its own folder.
  Status add(PendingOutput &output, DiagnosticEngine &diags) {
    std::string home = folderOf(pathOf(main.temporary())), folder = folderOf(pathOf(output.temporary()));
    std::string name = sys::path::filename(withoutTrailingSlash(output.destination())).str();
    Follower &follower = followers.emplace_back(Follower{pathBelow(folder, name), output.destination().str()});
    std::string next = memberPath(main.temporary(), name, "next", folder);
    struct stat status;
    if (!output.replaces() && ::lstat(follower.path.c_str(), &status) == 0)
      return diags.report({}, diag::OutputExists, follower.destination);
    bool done = folder == home || (record(follower, next, memberPath(main.temporary(), std::to_string(followers.size()), "also", home)) &&
                                   record(follower, pathOf(main.temporary()), memberPath(main.temporary(), name, "main", folder)));
    if (!done || !renameAs(pathOf(output.temporary()), next, Rename::Replacing))
      return diags.report({}, diag::CannotWrite, follower.destination, sys::StrError());
    follower.next = next;
    forget(output.temporary());
    return success();
  }

  /// Records which folder is the new one, if two are going to change places.
  Status recordFolder(DiagnosticEngine &diags) {
    struct stat status;
    if (main.isPlain() || ::lstat(pathOf(main.temporary()).c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
      return success();
    std::string path = memberPath(main.temporary(), "folder", "inode", folderOf(pathOf(main.temporary())));
    if (::symlink(std::to_string(status.st_ino).c_str(), path.c_str()) != 0)
      return diags.report({}, diag::CannotWrite, main.destination(), sys::StrError());
    inode = path;
    return success();
  }

  /// The main one has got its name: they follow.
  Status settle(DiagnosticEngine &diags) {
    isCommitted = true;
    Status settled = success();
    for (const Follower &each : followers) {
      bool placed = false;
      for (int attempt = 0; attempt != 2 && !placed; ++attempt) // once more is worth it
        placed = renameAs(each.next, each.path, Rename::Replacing);
      if (!placed)
        settled = diags.report({}, diag::CannotWrite, each.destination, sys::StrError() + "; it is '" + each.next + "' now");
    }
    return settled;
  }

private:
  struct Follower {
    std::string path, destination; ///< with its whole folder; as it was asked for
    std::string next = "";         ///< until it is renamed; empty before it is a member
    std::vector<std::string> records = {};
  };

  static bool record(Follower &follower, const std::string &what, const std::string &path) {
    if (::symlink(what.c_str(), path.c_str()) != 0)
      return false;
    follower.records.push_back(path);
    return true;
  }

  const PendingOutput &main;
  std::vector<Follower> followers;
  std::string inode;
  bool isCommitted = false;
};

} // namespace

Status placeOrJoin(std::unique_ptr<PendingOutput> output, DiagnosticEngine &diags) {
  if (pending.isCollecting && !isUnderConstruction(output->destination())) {
    pending.outputs.push_back(std::move(output));
    return success();
  }
  SignalPause pause; // between the renaming and forgetting
  return output->place(diags) ? output->settle(diags) : failure();
}

OutputSet::OutputSet() {
  assert(!pending.isCollecting && "there is a set already");
  pending.isCollecting = true;
}

OutputSet::~OutputSet() {
  pending.isCollecting = false;
  pending.outputs.clear();
}

Status OutputSet::commit(DiagnosticEngine &diags) {
  SignalPause pause;
  pending.isCollecting = false;
  std::vector<std::unique_ptr<PendingOutput>> outputs = std::move(pending.outputs);
  pending.outputs.clear();
  if (outputs.empty())
    return success();
  auto main = find_if(outputs, [](const auto &output) { return !output->isPlain(); });
  if (main != outputs.end())
    std::iter_swap(outputs.begin(), main);
  Followers followers(*outputs.front());
  for (const auto &output : drop_begin(outputs))
    if (!followers.add(*output, diags))
      return failure();
  if (outputs.size() > 1 && !followers.recordFolder(diags))
    return failure();
  if (!outputs.front()->place(diags))
    return failure();
  bool followed = bool(followers.settle(diags)), settled = bool(outputs.front()->settle(diags));
  return followed && settled ? success() : failure();
}

} // namespace mil
