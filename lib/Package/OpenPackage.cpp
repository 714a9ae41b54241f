#include "Opener.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

/// The place of an item, which need not be there; reports a path that leaves the package.
Result<std::string> Opener::itemFile(StringRef package, const Manifest::Item &item, Location manifest) {
  std::string why;
  Result<std::string> file = pathWithin(below(package, "Data"), item.path, why);
  // `Data` itself may be a link out of the package.
  if (!file || !pathWithin(package, "Data", why))
    return diags.report(manifest, diag::ManifestItemPath, item.identifier, item.path, why);
  return file;
}

Result<std::unique_ptr<Model>> Opener::openPackage(StringRef path) {
  Result<const MappedFile *> mapped = map(below(path, "Manifest.json"));
  if (!mapped)
    return failure();
  Location location = Location::ofFile((*mapped)->file());
  Result<Manifest> manifest = parseManifest((*mapped)->bytes(), (*mapped)->file(), diags);
  if (!manifest)
    return failure();

  const Manifest::Item &root = *manifest->root();
  Result<std::string> modelFile = itemFile(path, root, location);
  if (!modelFile)
    return failure();
  if (!sys::fs::is_regular_file(*modelFile))
    return diags.report(location, diag::ManifestItemPath, root.identifier, root.path,
                        sys::fs::exists(*modelFile) ? "the root model is not a file" : "it does not exist");

  // Programs name weights from the folder of their model; a weights item elsewhere says where they are in truth.
  std::string weightsDir = options.weightsDir;
  if (const Manifest::Item *weights = manifest->find("weights", coremlAuthor)) {
    Result<std::string> folder = itemFile(path, *weights, location);
    if (!folder)
      return failure();
    if (weightsDir.empty() && sys::fs::is_directory(*folder) && !sys::fs::equivalent(*folder, below(folderOf(*modelFile), "weights")))
      weightsDir = *folder;
  }
  Result<std::unique_ptr<Model>> model = openSerialised(*modelFile, weightsDir);
  if (!model || !listExtras(path, *manifest, *modelFile, location))
    return failure();
  return model;
}

Status Opener::listExtras(StringRef package, const Manifest &manifest, StringRef modelFile, Location location) {
  StringSet<> taken;
  for (const Manifest::Item &item : manifest.items) {
    if (item.identifier == manifest.rootIdentifier || (item.name == "weights" && item.author == coremlAuthor))
      continue;
    Result<std::string> file = itemFile(package, item, location);
    if (!file)
      return failure();
    if (!sys::fs::exists(*file))
      return diags.report(location, diag::ManifestItemPath, item.identifier, item.path, "it does not exist");
    if (taken.insert("Data/" + item.path).second)
      result.extras.push_back({"Data/" + item.path, *file, true, item.name, item.author, item.description, item.identifier});
  }

  // Known by what they are, not by how their paths are spelled.
  auto identity = [](StringRef path) {
    sys::fs::UniqueID id;
    return sys::fs::getUniqueID(path, id) ? FileIdentity() : FileIdentity{id.getDevice(), id.getFile()};
  };
  std::vector<FileIdentity> known = {identity(modelFile), identity(below(package, "Manifest.json"))};
  for (const std::shared_ptr<BlobFile> &file : result.blobs.back()->files())
    known.push_back(file->identity());

  std::vector<std::string> files;
  std::error_code error;
  for (sys::fs::recursive_directory_iterator it(package, error, /*follow_symlinks=*/false), end; it != end && !error; it.increment(error)) {
    StringRef path = it->path();
    sys::fs::file_type type = it->type();
    if (type == sys::fs::file_type::type_unknown) // the file system doesn't say without being asked again
      if (ErrorOr<sys::fs::basic_file_status> status = it->status())
        type = status->type();
    if (type == sys::fs::file_type::directory_file)
      continue;
    if (type == sys::fs::file_type::regular_file)
      files.push_back(path.str());
    else if (!is_contained(known, identity(path)))
      diags.report(location, diag::SkippedItem, path, "it is no regular file");
  }
  if (error)
    return diags.report({}, diag::CannotRead, package, error.message());
  llvm::sort(files);
  for (const std::string &file : files) {
    std::string path = StringRef(file).substr(package.size()).ltrim('/').str();
    if (!is_contained(known, identity(file)) && taken.insert(path).second)
      result.extras.push_back({.path = path, .file = file, .listed = false, .name = {}, .author = {}, .description = {}, .identifier = {}});
  }
  for (const OpenedModel::Extra &extra : result.extras)
    addInput(extra.file);
  return success();
}

} // namespace mil
