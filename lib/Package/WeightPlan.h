// Which weight files an output gets, and where in them each constant goes. Planned first, so that nothing is written for an output that
// can't be; then written file by file; then writers of text and messages look up the places.
#pragma once

#include "Constants.h"
#include "mil/IR/Placement.h"
#include <map>

namespace mil {

/// The files of the opened models that an output stems from.
class SourceFiles {
public:
  explicit SourceFiles(llvm::ArrayRef<const OpenedModel *> sources);
  /// Whether a file was read to open a model or holds weights of one.
  bool contains(FileIdentity file) const { return inputs.count({file.device, file.inode}) || weightFile(file); }
  /// The weight file of that identity; null when it isn't one of the sources'.
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

/// The identity of what is at `path`; nullopt when nothing is.
std::optional<FileIdentity> identityOfPath(llvm::StringRef path);

class WeightPlan {
public:
  struct File {
    std::string path;                   ///< below the folder of the model, '/'-separated; weights/NAME unless it is in place
    const BlobFile *copyOf = nullptr;   ///< starts as a copy of this; null: as an empty file
    bool inPlace = false;               ///< that file is already at the copy's place: nothing is written
    std::vector<const Blob *> appended; ///< then gets these
  };
  struct Request {
    SaveOptions::Layout layout = SaveOptions::Layout::Keep;
    uint64_t moveFrom = 0;
    /// The folder that weights are written beside, for outputs without a folder of their own; empty for those with one.
    std::string folder;
    /// Names the weight file when the usual name is taken.
    std::string stem = "new-weight";
  };

  WeightPlan(const SourceFiles &sources, DiagnosticEngine &diags) : sources(sources), diags(diags) {}
  Status make(const Model &model, const Request &request, const ProgressFn &progress);

  llvm::ArrayRef<File> files() const { return planned; }
  /// Gives a file that isn't in place another name in the folder `weights`.
  void rename(size_t file, llvm::StringRef name);
  /// Writes a file to `path` and notes where its blobs went.
  Status write(const File &file, llvm::StringRef path, const ProgressFn &progress);
  /// Notes where blobs would go in files that begin empty, for text that is written without them.
  void assumeWritten();
  /// Where each constant is, once all files are written. Refers to the plan.
  PlaceFn place() const;
  const SaveResult &result() const { return totals; }

private:
  struct Target {
    size_t file = 0;
    const Blob *appended = nullptr; ///< null: at the offset that the literal carries
  };

  Status planKeep(const Constants &constants, const Request &request);
  Status planShare(const Constants &constants, const Request &request, const ProgressFn &progress);
  /// The blob of a constant that is appended: its own, or its bytes in memory.
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
