// What outputs guarantee, and outputs of several files.
//
// An output is written under a temporary name beside its destination, waited for until it is on the disk, and renamed over its destination
// by `commit`. An output that is dropped without `commit`, a failure of any step (a full disk, a limit, a permission), a signal or a kill
// leaves at the destination what was there, whole. There are three kinds:
//
//   OutputFile     one file
//   OutputFolder   a folder with all that is in it (.mlpackage, .mlmodelc); the old and the new one change places in one step
//   OutputGroup    a main file with files that belong to it (a text, its description, its weights)
//
// Of a group the main file's renaming is the one step that counts. What it refers to (parts) gets names that nothing has, shortly before;
// what is read beside it (companions) gets its name right after; what only the old main file referred to is removed last. At no moment does
// a main file that can be seen refer to a part that isn't its own. A kill between those steps leaves files that tell how far it had come:
// the next output in that folder, or the next reader (`finishInterrupted`), finishes what was committed and undoes what wasn't, once the
// process that wrote is gone.
//
//     auto group = OutputGroup::create("m.mil", "weights", force, diags);
//     auto part = (*group)->addPart(diags);
//     write((*group)->partPath(*part));
//     auto named = (*group)->namePart(*part, "weight.bin", diags);
//     (*group)->stream() << "… weights/weight.bin …";
//     return (*group)->commit(diags);
//
// The first output installs handlers for SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE, where those have their default action, which remove
// what is temporary and then end the process as the signal would have; during the steps of a commit they wait. Temporary names have the
// number of the process; what a kill leaves under them is removed by the next output in that folder. Modes follow the umask.
//
// A link at the destination is replaced (files) or refused (folders), never what it leads to. Devices, pipes and names of descriptors
// (/dev/stdout) are written directly: there is nothing to replace.
#pragma once

#include "mil/Support/Files.h"
#include <functional>
#include <vector>

namespace mil {

/// Whether an output of this name is written directly: "-" and other names of descriptors, devices, pipes.
bool isStream(llvm::StringRef path);
/// Whether that is this process's standard output.
bool isStandardOutput(llvm::StringRef path);

/// Reports and fails when an output can't be made, as far as that can be seen before: it exists and `force` is false, it is a folder (or no
/// folder), its own folder isn't there or may not be written. For asking before long work; outputs ask it again themselves.
Status checkOutputFile(llvm::StringRef path, bool force, DiagnosticEngine &diags);
Status checkOutputFolder(llvm::StringRef path, bool force, DiagnosticEngine &diags);

/// A file under construction with files that belong to it.
class OutputGroup {
public:
  /// `path` is the main file. Parts will lie in the folder `subfolder` beside it, which is made when there are any.
  static Result<std::unique_ptr<OutputGroup>> create(llvm::StringRef path, llvm::StringRef subfolder, bool force, DiagnosticEngine &diags);
  ~OutputGroup(); ///< removes all that is temporary unless committed
  OutputGroup(const OutputGroup &) = delete;
  /// The main file's bytes.
  llvm::raw_ostream &stream();
  /// Adds a file in the main file's folder that is read together with it, and replaced with it. Returns where its bytes go.
  Result<llvm::raw_ostream *> addCompanion(llvm::StringRef path, DiagnosticEngine &diags);
  /// Adds a file that the main file refers to; returns its number. Its bytes go to `partPath`, where an empty file is.
  Result<size_t> addPart(DiagnosticEngine &diags);
  llvm::StringRef partPath(size_t part) const;
  /// Gives a part, whose bytes are all there, its name in the subfolder; false when something has that name. A part without a name is
  /// dropped.
  Result<bool> namePart(size_t part, llvm::StringRef name, DiagnosticEngine &diags);
  /// The names in the subfolder that only the old main file refers to. Asked when nobody else can commit to the folder.
  using OldParts = std::function<Result<std::vector<std::string>>()>;
  /// Checks every write so far, waits for the disk, and takes the steps above. Removes what `oldParts` names.
  Status commit(DiagnosticEngine &diags, const OldParts &oldParts = nullptr);

private:
  struct Impl;
  explicit OutputGroup(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Finishes an output at `path` (a file, or a folder that isn't there) that a process which is gone had committed: for readers, before they
/// open it. Does nothing in the usual case, at the cost of reading the folder's names.
void finishInterrupted(llvm::StringRef path);

/// Removes all outputs under construction, by async-signal-safe calls only: for who handles crashes.
void removeUnfinishedOutputs();

/// Makes a folder and those around it, with the modes that the umask gives.
Status makeFolders(llvm::StringRef path, DiagnosticEngine &diags);

/// Reports and fails when a mapped file has become shorter since it was opened. It reads as zeros from its new end on, so whoever has read
/// from one asks this before relying on what was read.
Status checkWhole(const MappedFile &file, DiagnosticEngine &diags);

} // namespace mil
