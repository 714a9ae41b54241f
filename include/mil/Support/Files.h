// Files: reading in bounded windows, and output that appears whole or not at all.
//
// `MappedFile` is for inputs that are scanned once (MIL text, protobuf): mapped read-only, and `release` gives back the pages of a
// part that won't be needed again, so that the resident memory of a scan is bounded by its window and not by the file.
// `File` is for random access by `read` at an offset (weight files): nothing is mapped.
//
// ## What outputs guarantee
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
//     (*group)->namePart(*part, "weight.bin");
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

#include "mil/Support/Diagnostics.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mil {

/// A file's identity (device and inode), to recognise an output that is also an input.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  bool operator==(const FileIdentity &) const = default;
};

struct Temporary;    // an entry in the list of what a signal has to remove
struct MappingGuard; // an entry in the list of what may be cut short

/// What may stand in the place of a regular file. A stream is waited for: only a user may name one, never a model.
enum class Streams : uint8_t { Refuse, Accept };

/// A read-only mapping of a whole regular file, or the bytes of a stream (standard input, a pipe) held in memory, 4 GiB at most.
///
/// A file that someone else makes shorter while it is mapped reads as zeros from there on; `checkWhole` tells. Whoever has read from a
/// mapping asks it before relying on what was read.
class MappedFile {
public:
  /// Maps `path`; "-" reads standard input to its end. Fails on directories, missing and unreadable files, and on pipes and devices unless
  /// `streams` accepts them. Registers the file with the engine's sources: `file()` is its number, `location(offset)` a place in it.
  static Result<std::unique_ptr<MappedFile>> open(llvm::StringRef path, DiagnosticEngine &diags, Streams streams = Streams::Refuse);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;

  llvm::StringRef bytes() const { return {data, size}; }
  uint32_t file() const { return number; }
  FileIdentity identity() const { return id; }
  /// The process won't look at bytes [begin, end) soon: their pages may be dropped (they are read again if needed after all).
  void release(size_t begin, size_t end) const;
  /// Reports and fails when the file has become shorter since it was opened.
  Status checkWhole(DiagnosticEngine &diags) const;

private:
  MappedFile() = default;
  const char *data = nullptr;
  size_t size = 0;
  uint32_t number = 0;
  FileIdentity id;
  std::string name;
  int fd = -1;                   ///< of a mapped file, to see whether it is whole
  MappingGuard *guard = nullptr; ///< of a mapped file
};

/// An open regular file, read by position.
class File {
public:
  static Result<std::unique_ptr<File>> open(llvm::StringRef path, DiagnosticEngine &diags);
  ~File();
  File(const File &) = delete;
  uint64_t size() const { return length; }
  llvm::StringRef path() const { return name; }
  FileIdentity identity() const { return id; }
  int descriptor() const { return fd; }
  /// Fills `out` from `offset`; fails (reported) when the file is shorter or can't be read.
  Status read(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const;

private:
  File() = default;
  int fd = -1;
  uint64_t length = 0;
  std::string name;
  FileIdentity id;
};

/// Whether an output of this name is written directly: "-" and other names of descriptors, devices, pipes.
bool isStream(llvm::StringRef path);
/// Whether that is this process's standard output.
bool isStandardOutput(llvm::StringRef path);

/// Reports and fails when an output can't be made, as far as that can be seen before: it exists and `force` is false, it is a folder (or no
/// folder), its own folder isn't there or may not be written. For asking before long work; outputs ask it again themselves.
Status checkOutputFile(llvm::StringRef path, bool force, DiagnosticEngine &diags);
Status checkOutputFolder(llvm::StringRef path, bool force, DiagnosticEngine &diags);

/// A file under construction: a raw_ostream on a temporary sibling of its destination, or on the destination itself where that is a stream.
class OutputFile {
public:
  /// Fails when the destination exists and `force` is false, or the folder can't be written. Nothing is visible at `path` before `commit`.
  static Result<std::unique_ptr<OutputFile>> create(llvm::StringRef path, bool force, DiagnosticEngine &diags);
  ~OutputFile(); ///< removes the temporary file unless committed
  OutputFile(const OutputFile &) = delete;
  llvm::raw_ostream &stream() { return *out; }
  /// Where the bytes go until `commit`, for a writer that wants a path and not a stream; empty when the destination is written directly.
  llvm::StringRef temporaryPath() const { return temporary; }
  /// Flushes, checks every write so far (a full disk fails here at the latest) and renames into place.
  Status commit(DiagnosticEngine &diags);

private:
  OutputFile() = default;
  std::unique_ptr<llvm::raw_fd_ostream> out;
  std::string temporary, destination;
  Temporary *registration = nullptr;
  bool force = false;
};

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
  /// Gives a part its name in the subfolder, which nothing may have. A part without a name is dropped.
  void namePart(size_t part, llvm::StringRef name);
  /// The names in the subfolder that only the old main file refers to. Asked when nobody else can commit to the folder.
  using OldParts = std::function<std::vector<std::string>()>;
  /// Checks every write so far, waits for the disk, and takes the steps above. Removes what `oldParts` names.
  Status commit(DiagnosticEngine &diags, const OldParts &oldParts = nullptr);

private:
  struct Impl;
  explicit OutputGroup(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// A folder under construction (.mlpackage, .mlmodelc): filled at `path()`, then renamed into place. An older folder at the destination
/// changes places with the new one in one step where the system can, else is moved aside first; it is removed once the new one is in place,
/// with a warning where that fails. Files in it are not synced to the disk one by one: that would wait for all the weights.
class OutputFolder {
public:
  static Result<std::unique_ptr<OutputFolder>> create(llvm::StringRef destination, bool force, DiagnosticEngine &diags);
  ~OutputFolder();
  OutputFolder(const OutputFolder &) = delete;
  /// The temporary folder to fill.
  llvm::StringRef path() const { return temporary; }
  Status commit(DiagnosticEngine &diags);

private:
  OutputFolder() = default;
  Status replaceInTwoSteps(DiagnosticEngine &diags);
  std::string temporary, destination;
  Temporary *registration = nullptr;
  bool force = false;
};

/// Finishes an output at `path` (a file, or a folder that isn't there) that a process which is gone had committed: for readers, before they
/// open it. Does nothing in the usual case, at the cost of reading the folder's names.
void finishInterrupted(llvm::StringRef path);

/// Removes all outputs under construction, by async-signal-safe calls only: for who handles crashes.
void removeUnfinishedOutputs();

/// Makes a folder and those around it, with the modes that the umask gives.
Status makeFolders(llvm::StringRef path, DiagnosticEngine &diags);

/// Copies a whole file, replacing what is at `to` unless that is `from` itself, sharing blocks where the file system can (FICLONE), else by
/// copy_file_range, else in windows.
Status copyFile(llvm::StringRef from, llvm::StringRef to, DiagnosticEngine &diags);

/// The place below `root` that `relative` names, or a failure with what is wrong as a text: absolute paths, `..` and symbolic links that
/// lead out of `root` are refused. Nothing needs to exist there. The result is `root` joined with `relative`, links not resolved,
/// empty parts and `.` left out.
Result<std::string> pathWithin(llvm::StringRef root, llvm::StringRef relative, std::string &why);

} // namespace mil
