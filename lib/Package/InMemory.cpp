// Packages as bytes: for callers that have no place for a folder, or one of their own.
#include "mil/Package/Package.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mil;

/// Adds every file below `folder`, in no order.
static Status readFiles(llvm::StringRef folder, std::vector<PackageFile> &files, DiagnosticEngine &diags) {
  std::error_code error;
  for (llvm::sys::fs::recursive_directory_iterator at(folder, error), end; at != end && !error; at.increment(error)) {
    if (at->type() != llvm::sys::fs::file_type::regular_file)
      continue;
    Result<std::unique_ptr<File>> file = File::open(at->path(), diags);
    if (!file)
      return failure();
    std::vector<uint8_t> bytes((*file)->size());
    if (!(*file)->read(0, bytes, diags))
      return failure();
    files.push_back({llvm::StringRef(at->path()).drop_front(folder.size() + 1).str(), std::move(bytes)});
  }
  if (error)
    return diags.report({}, diag::CannotRead, folder, error.message());
  return success();
}

Result<std::vector<PackageFile>> mil::packageFiles(const Model &model, DiagnosticEngine &diags, const SaveOptions &options,
                                                   llvm::ArrayRef<const OpenedModel *> sources) {
  // Weights are laid out and unified by writing them; a folder of our own is where that is done.
  llvm::SmallString<128> scratch;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("milc", scratch))
    return diags.report({}, diag::CannotWrite, scratch.str(), error.message());
  auto clean = llvm::make_scope_exit([&] { [[maybe_unused]] std::error_code left = llvm::sys::fs::remove_directories(scratch); });
  llvm::SmallString<128> package(scratch);
  llvm::sys::path::append(package, "model.mlpackage");
  std::vector<PackageFile> files;
  if (!saveModel(model, package, diags, options, sources) || !readFiles(package, files, diags))
    return failure();
  llvm::sort(files, [](const PackageFile &a, const PackageFile &b) { return a.path < b.path; });
  return files;
}
