// Weight files: MIL Blob Storage v2, read by record and written by appending.
//
//   offset 0    u32 count of blobs, u32 version = 2, 56 reserved bytes
//   then, at every multiple of 64:
//     +0   u32 0xDEADBEEF   u32 element type   u64 size in bytes   u64 file offset of the data   u64 padding bits   32 reserved bytes
//     +64  the data
//
// A MIL program names a blob by the offset of its record. The writer puts data right after its record; a reader trusts the record.
// Padding bits of byte-sized types are ignored: old writers left garbage there. Source: the format as found in weight files of
// released models.
#pragma once

#include "mil/Weights/Blob.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// A weight file opened for reading. Blobs live as long as the file.
class BlobFile {
public:
  /// Opens and checks the header: version 2, at least 64 bytes. Records are checked when they are asked for.
  static Result<std::shared_ptr<BlobFile>> open(llvm::StringRef path, DiagnosticEngine &diags);
  ~BlobFile();
  BlobFile(const BlobFile &) = delete;
  llvm::StringRef path() const;
  FileIdentity identity() const;
  uint64_t fileSize() const;
  /// The count that the header claims.
  uint32_t declaredCount() const;
  /// The blob whose record is at `offset`; checks alignment, sentinel, type code, range (no overflow) and, for sub-byte types, padding.
  /// Errors are reported at `location` (the place that refers to the blob). The same offset gives the same object.
  Result<const Blob *> blobAt(uint64_t offset, Location location, DiagnosticEngine &diags);
  /// Offsets of all records, by walking the file from its start as its writer went; fails when the records don't tile it. A file may
  /// well be usable where this fails: nothing else needs it.
  Result<std::vector<uint64_t>> recordOffsets(DiagnosticEngine &diags);

private:
  struct Impl;
  explicit BlobFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Finds weight files from the paths that programs write ("@model_path/weights/weight.bin") and keeps each open once. A path that does not
/// start with "@model_path" is taken as relative to the model as well.
class BlobResolver {
public:
  /// `modelPath`: the folder that `@model_path` stands for. `weightsDir`: when not empty, files are looked for there by the last
  /// component of their path instead. Paths that leave the folder are refused.
  BlobResolver(std::string modelPath, std::string weightsDir = {});
  /// What to do when a weight file does not exist: report an error, or warn once a file and leave the reference unresolved.
  enum class Missing { Error, Warn };
  void setMissing(Missing policy) { missing = policy; }

  /// The blob at `offset` of the file that `path` names; null (with success) for a missing file under Missing::Warn.
  Result<const Blob *> resolve(llvm::StringRef path, uint64_t offset, Location location, DiagnosticEngine &diags);
  /// The file that `path` names, opened; null for a missing one under Missing::Warn.
  Result<BlobFile *> file(llvm::StringRef path, Location location, DiagnosticEngine &diags);
  /// All files opened so far, in the order of their first use.
  llvm::ArrayRef<std::shared_ptr<BlobFile>> files() const { return opened; }

private:
  std::string modelPath, weightsDir;
  Missing missing = Missing::Error;
  llvm::StringMap<BlobFile *> byPath;
  std::vector<std::shared_ptr<BlobFile>> opened;
};

/// Told how many bytes of how many have been copied, a few times a second at most.
using ProgressFn = std::function<void(uint64_t done, uint64_t total)>;

/// Writes a weight file by appending blobs. The file is written in place at `path`: callers give a path inside an OutputFolder, or the
/// temporary path of an OutputFile. Without `finish` it is left incomplete.
class BlobWriter {
public:
  /// A new file without blobs, in the place of any that is there.
  static Result<std::unique_ptr<BlobWriter>> create(llvm::StringRef path, DiagnosticEngine &diags);
  /// Goes on after the last byte of an existing weight file (a copy that was made, say), whose records keep their offsets. Checks its
  /// header as BlobFile::open does.
  static Result<std::unique_ptr<BlobWriter>> appendTo(llvm::StringRef path, DiagnosticEngine &diags);
  ~BlobWriter();
  BlobWriter(const BlobWriter &) = delete;
  /// Copies a blob to the end of the file, in bounded windows; returns the offset of its record. Does not look for equal ones: see
  /// BlobPool.
  Result<uint64_t> append(const Blob &blob, DiagnosticEngine &diags);
  /// Has `progress` told of the bytes of blobs copied from now on; `total` is what the caller expects to append.
  void setProgress(ProgressFn progress, uint64_t total);
  /// Bytes of the file so far.
  uint64_t size() const;
  /// Writes the header's count and closes. Write errors are reported here at the latest.
  Status finish(DiagnosticEngine &diags);

private:
  struct Impl;
  explicit BlobWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Groups blobs by exact content: same element type, same size, same bytes.
///
/// Blobs of one type and size are read in lockstep, a window at a time at the same offset, and parted by what the windows hold: compared
/// with the first of the group, else looked up by the 128-bit hash of the window and then compared. A blob that is left alone is read no
/// further. So each byte is read at most once, most blobs that differ are read but for their first bytes, equality never rests on a hash,
/// and the windows of all blobs together take 32 MiB at most. Blobs at the same place of the same file (by device and inode, so also
/// through hard links) and those in the same memory are equal without reading.
class BlobPool {
public:
  /// Adds a blob (the same object twice is fine).
  void add(const Blob *blob);
  /// Has `progress` told of the bytes compared while `unify` runs.
  void setProgress(ProgressFn progress) { this->progress = std::move(progress); }
  /// Finds the groups. Deterministic: the representative of a group is the first one added. Fails only when a blob can't be read.
  Status unify(DiagnosticEngine &diags);
  /// The representative of the group of `blob`, after `unify`.
  const Blob *representative(const Blob *blob) const;
  /// Distinct contents in the order they were first added, after `unify`.
  llvm::ArrayRef<const Blob *> distinct() const { return groups; }
  /// Sum of the sizes of all blobs added, each object counted once; and of the distinct ones.
  uint64_t totalBytes() const;
  uint64_t distinctBytes() const;

private:
  std::vector<const Blob *> order;
  ProgressFn progress;
  llvm::DenseMap<const Blob *, const Blob *> leader;
  std::vector<const Blob *> groups;
};

} // namespace mil
