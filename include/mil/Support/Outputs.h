// The guarantees of outputs, and outputs that consist of several files.
//
// An output is written under a temporary name next to its destination, synced to disk, and renamed to its destination by `commit`. If the
// output is destroyed without `commit`, if any step fails (full disk, limit, permission), or if the process is killed, the destination
// keeps its old content. There are three kinds:
//
//   OutputFile     one file
//   OutputFolder   a folder with its content (.mlpackage, .mlmodelc); the old and the new one are exchanged in one step
//   OutputGroup    a main file with files that belong to it (a text, its description, its weights)
//
// A group is committed by renaming its main file. Files that the main file refers to (parts) get unused names just before; files that are
// read together with it (companions) are renamed right after; parts that only the old main file used are removed last. So a visible main
// file never refers to the parts of another version. If the process is killed between these steps, the remaining files record how far
// it got: the next output in that folder, or the next reader (`finishInterrupted`), completes a committed output and removes an
// uncommitted one, once the writing process has ended.
//
//     auto group = OutputGroup::create("m.mil", "weights", force, diags);
//     auto part = (*group)->addPart(diags);
//     write((*group)->partPath(*part));
//     auto named = (*group)->namePart(*part, "weight.bin", diags);
//     (*group)->stream() << "… weights/weight.bin …";
//     return (*group)->commit(diags);
//
// The first output installs handlers for those of SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1
// and SIGUSR2 that have their default action. The handlers remove temporary files and then end the process as the signal would have; they
// wait for a commit in progress. Temporary names contain the process id; files left over from a killed process are removed by the next
// output in that folder. File modes follow the umask.
//
// A link at the destination is replaced (files) or is an error (folders); its target is never changed. Devices, pipes and names of
// descriptors (/dev/stdout) are written directly.
#pragma once

#include "mil/Support/Files.h"
#include <functional>
#include <vector>

namespace mil {

/// Whether an output with this name is written directly: "-" and other names of descriptors, devices, pipes.
bool isStream(llvm::StringRef path);
/// Whether a path names the standard output of this process.
bool isStandardOutput(llvm::StringRef path);

/// Reports and fails if an output can't be written, as far as this can be known in advance: it exists and `force` is false, it is a folder
/// (or not a folder), or its parent folder doesn't exist or isn't writable. For checking before long work; outputs check it again.
Status checkOutputFile(llvm::StringRef path, bool force, DiagnosticEngine &diags);
Status checkOutputFolder(llvm::StringRef path, bool force, DiagnosticEngine &diags);

/// A file under construction with files that belong to it.
class OutputGroup {
public:
  /// `path` is the main file. Parts are written to the folder `subfolder` next to it, which is created if there are any.
  static Result<std::unique_ptr<OutputGroup>> create(llvm::StringRef path, llvm::StringRef subfolder, bool force, DiagnosticEngine &diags);
  ~OutputGroup(); ///< removes all temporary files unless committed
  OutputGroup(const OutputGroup &) = delete;
  /// The main file's bytes.
  llvm::raw_ostream &stream();
  /// Adds a file in the main file's folder that is read and replaced together with it. Returns the stream for its content.
  Result<llvm::raw_ostream *> addCompanion(llvm::StringRef path, DiagnosticEngine &diags);
  /// Adds a file that the main file refers to, and returns its number. Its content is written to `partPath`, an existing empty file.
  Result<size_t> addPart(DiagnosticEngine &diags);
  /// The path to which the content of a part is written.
  llvm::StringRef partPath(size_t part) const;
  /// Gives a completely written part its name in the subfolder; false if that name is taken. Parts that were not named are removed.
  Result<bool> namePart(size_t part, llvm::StringRef name, DiagnosticEngine &diags);
  /// Uses a file of the subfolder that belongs to the old main file and has the same bytes instead of a part. If another output replaces
  /// the old main file and removes that file before `commit`, the part gets its name.
  Status reusePart(size_t part, llvm::StringRef name, DiagnosticEngine &diags);
  /// The names in the subfolder that only the old main file refers to. Called while no other process can commit to the folder.
  using OldParts = std::function<Result<std::vector<std::string>>()>;
  /// Checks all writes so far, syncs them to disk, and performs the steps above. Removes the files that `oldParts` names.
  Status commit(DiagnosticEngine &diags, const OldParts &oldParts = nullptr);

private:
  struct Impl;
  explicit OutputGroup(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Completes an interrupted but committed output at `path` (a file, or a missing folder) whose process has ended. Readers call it before
/// they open `path`. Usually there is nothing to do; it costs one listing of the folder.
void finishInterrupted(llvm::StringRef path);

/// Removes all unfinished outputs, with async-signal-safe calls only: for crash handlers.
void removeUnfinishedOutputs();

/// Creates a folder and its parents, with modes that follow the umask.
Status makeFolders(llvm::StringRef path, DiagnosticEngine &diags);

/// Reports and fails if a mapped file has become shorter since it was opened. The missing bytes read as zeros, so readers of a mapped file
/// call this before they rely on what they read.
Status checkWhole(const MappedFile &file, DiagnosticEngine &diags);

} // namespace mil
