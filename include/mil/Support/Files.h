// Files: reading in bounded windows, and atomic output.
//
//   Result<std::unique_ptr<OutputFile>> file = OutputFile::create("out.txt", force, diags);
//   (*file)->stream() << "…";
//   return (*file)->commit(diags);
//
// `MappedFile` is for inputs that are scanned once (MIL text, protobuf): it is mapped read-only, and `release` returns pages that are
// no longer needed, so that the resident memory of a scan is bounded by its window and not by the file size.
// `File` is for random access by `read` at an offset (weight files): nothing is mapped.
//
// `OutputFile` and `OutputFolder` are written under a temporary name next to their destination; `commit` renames them to it.
// mil/Support/Outputs.h describes what they guarantee, and has outputs that are several files.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <memory>
#include <string>

namespace mil {

/// A file's identity (device and inode), to recognise an output that is also an input.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  bool operator==(const FileIdentity &) const = default;
};

struct Temporary; // an entry in the list of files that a signal handler removes

/// A read-only mapping of a whole regular file, or the bytes of a stream (standard input, a pipe) held in memory, 4 GiB at most.
class MappedFile {
public:
  /// Maps `path`; "-" reads standard input to its end. Fails on directories, missing and unreadable files. Registers the file with the
  /// engine's sources: `file()` is its number, `location(offset)` a place in it.
  static Result<std::unique_ptr<MappedFile>> open(llvm::StringRef path, DiagnosticEngine &diags);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;

  llvm::StringRef bytes() const { return {data, size}; }
  uint32_t file() const { return number; }
  FileIdentity identity() const { return id; }
  /// Tells the system that bytes [begin, end) are not needed soon: their pages may be dropped, and are read again if they are needed after
  /// all.
  void release(size_t begin, size_t end) const;

private:
  MappedFile() = default;
  const char *data = nullptr;
  size_t size = 0;
  uint32_t number = 0;
  FileIdentity id;
  bool mapped = false;
};

/// An open regular file, read by position.
class File {
public:
  /// Opens a regular file. Fails (reported) if it doesn't exist, is not a regular file or can't be read.
  static Result<std::unique_ptr<File>> open(llvm::StringRef path, DiagnosticEngine &diags);
  ~File();
  File(const File &) = delete;
  uint64_t size() const { return length; }
  llvm::StringRef path() const { return name; }
  FileIdentity identity() const { return id; }
  int descriptor() const { return fd; }
  /// Fills `out` with the bytes starting at `offset`; fails (reported) if the file is shorter or can't be read.
  Status read(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const;

private:
  File() = default;
  int fd = -1;
  uint64_t length = 0;
  std::string name;
  FileIdentity id;
};

/// A file under construction: a raw_ostream on a temporary file next to its destination. A symbolic link at the destination is replaced;
/// its target is not changed. A destination that is a stream ("-" for standard output, a pipe, a device) is written directly.
class OutputFile {
public:
  /// Fails when the destination exists and `force` is false, or the folder can't be written. Nothing is visible at `path` before `commit`.
  static Result<std::unique_ptr<OutputFile>> create(llvm::StringRef path, bool force, DiagnosticEngine &diags);
  ~OutputFile(); ///< removes the temporary file unless committed
  OutputFile(const OutputFile &) = delete;
  llvm::raw_ostream &stream() { return *out; }
  /// The path of the temporary file, for a writer that needs a path instead of a stream; empty when the destination is written directly.
  llvm::StringRef temporaryPath() const { return temporary; }
  /// Flushes, checks every write so far (a full disk is reported here at the latest) and renames the file to its destination.
  Status commit(DiagnosticEngine &diags);

private:
  OutputFile() = default;
  std::unique_ptr<llvm::raw_fd_ostream> out;
  std::string temporary, destination;
  Temporary *registration = nullptr;
  bool force = false;
};

/// A folder under construction (.mlpackage, .mlmodelc): filled at `path()`, then renamed into place. An existing folder at the destination
/// is exchanged with the new one in one step if the system supports that, else it is moved aside first. It is removed once the new folder
/// is in place, so that a process that is killed at any moment leaves the old or the new folder complete. Files in it are not synced to the
/// disk one by one.
class OutputFolder {
public:
  /// Creates the temporary folder. Fails (reported) if the destination exists and `force` is false, or its parent folder can't be written.
  static Result<std::unique_ptr<OutputFolder>> create(llvm::StringRef destination, bool force, DiagnosticEngine &diags);
  ~OutputFolder(); ///< removes the temporary folder unless committed
  OutputFolder(const OutputFolder &) = delete;
  /// The temporary folder to fill.
  llvm::StringRef path() const { return temporary; }
  /// Renames the folder to its destination, and removes an older folder there.
  Status commit(DiagnosticEngine &diags);

private:
  OutputFolder() = default;
  std::string temporary, destination;
  Temporary *registration = nullptr;
  bool force = false;
};

/// Copies a whole file and replaces `to`, unless it is `from` itself. Shares blocks if the file system supports it (FICLONE), else uses
/// copy_file_range, else copies in windows.
Status copyFile(llvm::StringRef from, llvm::StringRef to, DiagnosticEngine &diags);

/// Joins `root` and `relative`, or fails with a message: absolute paths, `..` and symbolic links that lead out of `root` are errors, except
/// those of a Hugging Face cache, from a snapshot to the files of the same repository. The path doesn't have to exist. Links in the result
/// are not resolved; empty components and `.` are removed.
Result<std::string> pathWithin(llvm::StringRef root, llvm::StringRef relative, std::string &why);

} // namespace mil
