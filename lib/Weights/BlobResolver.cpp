#include "mil/Support/ForeignContent.h"
#include "mil/Weights/BlobFile.h"
#include "mil/Weights/DiagnosticKinds.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

BlobResolver::BlobResolver(std::string modelPath, std::string weightsDir)
    : modelPath(std::move(modelPath)), weightsDir(std::move(weightsDir)) {}

Result<BlobFile *> BlobResolver::file(StringRef path, Location location, DiagnosticEngine &diags) {
  if (auto known = byPath.find(path); known != byPath.end())
    return known->second;
  StringRef relative = path;
  if (relative.consume_front("@model_path"))
    relative = relative.ltrim('/');
  if (!weightsDir.empty())
    relative = relative.drop_front(relative.rfind('/') + 1); // npos + 1 is 0
  std::string why;
  auto found = pathWithin(weightsDir.empty() ? modelPath : weightsDir, relative, why);
  if (!found)
    return diags.report(location, diag::WeightPathRefused, path, why);

  sys::fs::file_status status;
  if (sys::fs::status(*found, status) == std::errc::no_such_file_or_directory) {
    if (missing == Missing::Error)
      return diags.report(location, diag::MissingWeights, *found);
    diags.report(location, diag::UnresolvedWeights, *found);
    return byPath[path] = nullptr;
  }
  // Two spellings of one path ("weights//a.bin") are one file.
  for (const std::shared_ptr<BlobFile> &file : opened)
    if (file->path() == *found)
      return byPath[path] = file.get();
  // A placeholder for weights that were not fetched counts as missing.
  if (std::optional<ForeignContent> foreign = missing == Missing::Warn ? foreignContentOf(*found) : std::nullopt) {
    diags.report(location, diag::ForeignWeights, *found, foreign->what);
    return byPath[path] = nullptr;
  }
  auto file = BlobFile::open(*found, diags);
  if (!file)
    return failure();
  opened.push_back(std::move(*file));
  return byPath[path] = opened.back().get();
}

Result<const Blob *> BlobResolver::resolve(StringRef path, uint64_t offset, Location location, DiagnosticEngine &diags) {
  auto found = file(path, location, diags);
  if (!found)
    return failure();
  if (!*found)
    return static_cast<const Blob *>(nullptr);
  return (*found)->blobAt(offset, location, diags);
}

} // namespace mil
