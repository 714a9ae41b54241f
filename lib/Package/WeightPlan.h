// The weight files of an output, and the places of constants in them. They are planned first, so that nothing is written if the output is
// invalid; then written file by file; then the writers of text and messages look up the places.
#pragma once

#include "Constants.h"
#include "mil/IR/Placement.h"
#include <map>

namespace mil {

/// The files of the opened models from which an output is made.
class SourceFiles {
public:
  explicit SourceFiles(llvm::ArrayRef<const OpenedModel *> sources);
  /// Whether a file was read to open a model, or contains its weights.
  bool contains(FileIdentity file) const { return inputs.count({file.device, file.inode}) || weightFile(file); }
  /// The weight file with this identity; null if it doesn't belong to the sources.
  const BlobFile *weightFile(FileIdentity file) const;
  /// Whether a path is one of the files.
  bool containsPath(llvm::StringRef path) const;
  /// Whether a path, of an existing file or not, is inside a package or a compiled model that was opened.
  bool isWithin(llvm::StringRef path) const;

private:
  using Key = std::pair<uint64_t, uint64_t>;
  std::map<Key, bool> inputs;
  std::map<Key, const BlobFile *> weights;
  std::vector<std::string> folders; ///< of packages and compiled models, links resolved
};

/// The identity of the file or folder at `path`; nullopt if there is none.
std::optional<FileIdentity> identityOfPath(llvm::StringRef path);

class WeightPlan {
public:
  struct File {
    std::string path;                   ///< below the folder of the model, '/'-separated; weights/NAME unless it is in place
    const BlobFile *copyOf = nullptr;   ///< the file starts as a copy of this one; null: empty
    bool inPlace = false;               ///< the original is already at the place of the copy: nothing is written
    std::vector<const Blob *> appended; ///< the blobs that are appended
  };
  struct Request {
    SaveOptions::Layout layout = SaveOptions::Layout::Keep;
    uint64_t moveFrom = 0;
    /// The folder of the output, for outputs that are files; empty for outputs that are folders.
    std::string folder;
    /// The name of the weight file if the usual name is taken.
    std::string stem = "new-weight";
  };

  WeightPlan(const SourceFiles &sources, DiagnosticEngine &diags) : sources(sources), diags(diags) {}
  Status make(const Model &model, const Request &request, const ProgressFn &progress);

  llvm::ArrayRef<File> files() const { return planned; }
  /// Renames a file that isn't in place, in the folder `weights`.
  void rename(size_t file, llvm::StringRef name);
  /// Writes a file to `path` and records the offsets of its blobs.
  Status write(const File &file, llvm::StringRef path, const ProgressFn &progress);
  /// Computes the offsets of blobs in files that begin empty, for text that is written without weight files.
  void assumeWritten();
  /// The place of each constant, after all files are written. Refers to the plan.
  PlaceFn place() const;
  const SaveResult &result() const { return totals; }

private:
  struct Target {
    size_t file = 0;
    const Blob *appended = nullptr; ///< null: at the offset of the literal
  };

  Status planKeep(const Constants &constants, const Request &request);
  Status planShare(const Constants &constants, const Request &request, const ProgressFn &progress);
  /// The blob of an appended constant: its own, or one over its bytes in memory.
  const Blob *blobOf(const Literal &literal);
  Result<size_t> keptFile(const BlobFile &file, llvm::StringRef path, const Request &request);
  std::string freePath(const Request &request) const;
  const File *fileAt(llvm::StringRef path) const;

  const SourceFiles &sources;
  DiagnosticEngine &diags;
  std::vector<File> planned;
  std::map<const BlobFile *, size_t> kept; // looked up only
  llvm::DenseMap<const Literal *, Target> targets;
  llvm::DenseMap<const Blob *, uint64_t> offsets;
  std::vector<std::shared_ptr<const Blob>> owned;
  BlobPool pool;
  SaveResult totals;
};

} // namespace mil
