// Weight files: MIL Blob Storage v2, read by record and written by appending.
//
//   offset 0    u32 count of blobs, u32 version = 2, 56 reserved bytes
//   then, at every multiple of 64:
//     +0   u32 0xDEADBEEF   u32 element type   u64 size in bytes   u64 file offset of the data   u64 padding bits   32 reserved bytes
//     +64  the data
//
// A MIL program refers to a blob by the offset of its record. Writers put the data right after its record; readers use the offset in the
// record. Padding bits of byte-sized types are ignored, because old writers left garbage there. Source: weight files of released models.
#pragma once

#include "mil/Weights/Blob.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// A weight file opened for reading. Blobs live as long as the file.
class BlobFile {
public:
  /// Opens a file and checks its header: version 2, at least 64 bytes. Records are checked when they are accessed.
  static Result<std::shared_ptr<BlobFile>> open(llvm::StringRef path, DiagnosticEngine &diags);
  ~BlobFile();
  BlobFile(const BlobFile &) = delete;
  llvm::StringRef path() const;
  FileIdentity identity() const;
  uint64_t fileSize() const;
  /// The number of blobs according to the header.
  uint32_t declaredCount() const;
  /// The blob whose record is at `offset`; checks alignment, sentinel, type code, range (no overflow) and, for sub-byte types, padding.
  /// Errors are reported at `location` (the place that refers to the blob). The same offset gives the same object.
  Result<const Blob *> blobAt(uint64_t offset, Location location, DiagnosticEngine &diags);
  /// Offsets of all records, found by walking the file from its start; fails if the records don't fill the file exactly. A file for which
  /// this fails may still be usable, as nothing else depends on it.
  Result<std::vector<uint64_t>> recordOffsets(DiagnosticEngine &diags);

private:
  struct Impl;
  explicit BlobFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Resolves the paths of weight files in programs ("@model_path/weights/weight.bin") and opens each file once. A path without
/// "@model_path" is relative to the model, too.
class BlobResolver {
public:
  /// `modelPath`: the folder that replaces `@model_path`. `weightsDir`: if not empty, the folder in which files are searched instead, by
  /// the last component of their path. Paths that lead out of the folder are errors.
  BlobResolver(std::string modelPath, std::string weightsDir = {});
  /// The policy for a weight file that does not exist: report an error, or warn once per file and leave the reference unresolved.
  enum class Missing { Error, Warn };
  /// Sets this policy; the default is Error.
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

/// Called with the number of copied bytes and the total, at most a few times per second.
using ProgressFn = std::function<void(uint64_t done, uint64_t total)>;

/// Writes a weight file by appending blobs. The file is written in place at `path`: callers give a path inside an OutputFolder, or the
/// temporary path of an OutputFile. Without `finish` it is left incomplete.
class BlobWriter {
public:
  /// Creates a file without blobs, or overwrites an existing one.
  static Result<std::unique_ptr<BlobWriter>> create(llvm::StringRef path, DiagnosticEngine &diags);
  /// Appends to an existing weight file (usually a copy), whose records keep their offsets. Checks its header as BlobFile::open does.
  static Result<std::unique_ptr<BlobWriter>> appendTo(llvm::StringRef path, DiagnosticEngine &diags);
  ~BlobWriter();
  BlobWriter(const BlobWriter &) = delete;
  /// Copies a blob to the end of the file, in bounded windows, and returns the offset of its record. Does not look for equal blobs, see
  /// BlobPool.
  Result<uint64_t> append(const Blob &blob, DiagnosticEngine &diags);
  /// Calls `progress` for the bytes that are copied from now on; `total` is the number of bytes that will be appended.
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
/// Blobs of one type and size are read in parallel, one window at a time at the same offset, and grouped by the content of the windows:
/// each is compared with the first blob of the group, else found by the 128-bit hash of the window and then compared. Reading a blob stops
/// once it differs from all others. So each byte is read at most once, most blobs are only read up to their first difference, equality
/// never relies on a hash, and all windows together take at most 32 MiB. Blobs in the same range of the same file (by device and inode, so
/// also through hard links) or in the same memory are equal without reading.
class BlobPool {
public:
  /// Adds a blob. The same object may be added more than once.
  void add(const Blob *blob);
  /// Calls `progress` for the bytes that `unify` compares.
  void setProgress(ProgressFn progress) { this->progress = std::move(progress); }
  /// Finds the groups. Deterministic: the representative of a group is the first one added. Fails (reported) only if a blob can't be read.
  Status unify(DiagnosticEngine &diags);
  /// The representative of the group of `blob`, after `unify`.
  const Blob *representative(const Blob *blob) const;
  /// Distinct contents in the order they were first added, after `unify`.
  llvm::ArrayRef<const Blob *> distinct() const { return groups; }
  /// The total size of all added blobs, each object counted once; and of the distinct ones.
  uint64_t totalBytes() const;
  uint64_t distinctBytes() const;

private:
  std::vector<const Blob *> order;
  ProgressFn progress;
  llvm::DenseMap<const Blob *, const Blob *> leader;
  std::vector<const Blob *> groups;
};

} // namespace mil
