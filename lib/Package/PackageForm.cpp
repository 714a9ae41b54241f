// Packages (.mlpackage): a folder with a manifest, the message Model, a folder of weights, and other items that the manifest lists.
#include "Opener.h"
#include "Saver.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/IR/Walk.h"
#include "mil/IR/WeightRule.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Package/Manifest.h"
#include "mil/Proto/Proto.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MD5.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

namespace {

/// The path of an item, which may not exist; reports a path that leaves the package.
Result<std::string> itemFile(StringRef package, const Manifest::Item &item, Location manifest, DiagnosticEngine &diags) {
  std::string why;
  Result<std::string> file = pathWithin(below(package, "Data"), item.path, why);
  // `Data` itself may be a link out of the package.
  if (!file || !pathWithin(package, "Data", why))
    return diags.report(manifest, diag::ManifestItemPath, item.identifier, item.path, why);
  return file;
}

/// Lists the other items of the manifest, and files that nothing names.
Status listExtras(Opener &at, StringRef package, const Manifest &manifest, StringRef modelFile, Location location) {
  OpenedModel &result = at.result;
  DiagnosticEngine &diags = at.diags;
  StringSet<> taken;
  for (const Manifest::Item &item : manifest.items) {
    if (item.identifier == manifest.rootIdentifier || (item.name == "weights" && item.author == coremlAuthor))
      continue;
    Result<std::string> file = itemFile(package, item, location, diags);
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
    if (type == sys::fs::file_type::type_unknown) // some file systems need another call for the type
      if (ErrorOr<sys::fs::basic_file_status> status = it->status())
        type = status->type();
    if (type == sys::fs::file_type::directory_file)
      continue;
    if (type == sys::fs::file_type::regular_file)
      files.push_back(path.str());
    else if (!is_contained(known, identity(path)))
      diags.report(location, diag::SkippedItem, path, "it is not a regular file");
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
    at.addInput(extra.file);
  return success();
}

Result<std::unique_ptr<Model>> openPackage(Opener &at, StringRef path) {
  DiagnosticEngine &diags = at.diags;
  Result<const MappedFile *> mapped = at.map(below(path, "Manifest.json"));
  if (!mapped)
    return failure();
  Location location = Location::ofFile((*mapped)->file());
  Result<Manifest> manifest = parseManifest((*mapped)->bytes(), (*mapped)->file(), diags);
  if (!manifest)
    return failure();

  const Manifest::Item &root = *manifest->root();
  Result<std::string> modelFile = itemFile(path, root, location, diags);
  if (!modelFile)
    return failure();
  if (!sys::fs::is_regular_file(*modelFile))
    return diags.report(location, diag::ManifestItemPath, root.identifier, root.path,
                        sys::fs::exists(*modelFile) ? "the root model is not a file" : "it does not exist");

  // Paths of weights in programs are relative to the folder of the model; a weights item elsewhere is where they really are.
  std::string weightsDir = at.options.weightsDir;
  if (const Manifest::Item *weights = manifest->find("weights", coremlAuthor)) {
    Result<std::string> folder = itemFile(path, *weights, location, diags);
    if (!folder)
      return failure();
    if (weightsDir.empty() && sys::fs::is_directory(*folder) && !sys::fs::equivalent(*folder, below(folderOf(*modelFile), "weights")))
      weightsDir = *folder;
  }
  Result<std::unique_ptr<Model>> model = at.openSerialised(*modelFile, weightsDir);
  if (!model || !listExtras(at, path, *manifest, *modelFile, location))
    return failure();
  return model;
}

/// Passes bytes on and digests them.
class DigestStream : public raw_ostream {
public:
  explicit DigestStream(raw_ostream &out) : out(out) { SetUnbuffered(); }
  std::string digest() {
    MD5::MD5Result result = hash.final();
    return toHex(ArrayRef<uint8_t>(result));
  }

private:
  void write_impl(const char *bytes, size_t size) override {
    out.write(bytes, size);
    hash.update(StringRef(bytes, size));
    position += size;
  }
  uint64_t current_pos() const override { return position; }

  raw_ostream &out;
  MD5 hash;
  uint64_t position = 0;
};

bool hasProgram(const Model &model) {
  bool found = false;
  forEachProgram(model, [&](Program &, const Model &) { found = true; });
  return found;
}

/// The other files of the package that the model was read from, if it was a single package.
Status writeExtras(Saver &at, StringRef package, Manifest &manifest) {
  DiagnosticEngine &diags = at.diags;
  if (at.sources.size() != 1)
    return success();
  for (const OpenedModel::Extra &extra : at.sources.front()->extras) {
    std::string why;
    Result<std::string> target = pathWithin(package, extra.path, why);
    if (!target || sys::fs::exists(*target)) {
      diags.report({}, diag::SkippedItem, extra.path, target ? "a file of the model has its name" : why);
      continue;
    }
    bool isFolder = sys::fs::is_directory(extra.file);
    if (!makeFolders(isFolder ? *target : folderOf(*target), diags) || (!isFolder && !copyFile(extra.file, *target, diags)))
      return failure();
    StringRef item = extra.path;
    if (extra.listed && item.consume_front("Data/"))
      manifest.add({extra.identifier, item.str(), extra.name, extra.author, extra.description});
  }
  return success();
}

Result<SaveResult> savePackage(Saver &at) {
  DiagnosticEngine &diags = at.diags;
  // A model that Core ML would refuse is not written where only Core ML would find out.
  if (!at.refuseInputs(at.path))
    return failure();
  Result<std::unique_ptr<OutputFolder>> output = OutputFolder::create(at.path, at.options.force, diags);
  if (!output)
    return failure();
  std::string package = (*output)->path().str();
  std::string data = below(package, "Data/com.apple.CoreML");

  WeightPlan::Request request;
  request.layout = at.options.layout;
  request.moveFrom = at.options.externalizeFrom.value_or(leastWeightElements);
  if (!at.weights.make(at.model, request, at.options.progress) || !makeFolders(data, diags))
    return failure();
  for (const WeightPlan::File &file : at.weights.files()) {
    std::string target = below(data, file.path);
    if (!makeFolders(folderOf(target), diags) || !at.weights.write(file, target, at.options.progress))
      return failure();
  }

  std::string digest;
  auto fillModel = [&](raw_ostream &out) {
    DigestStream digested(out);
    WithoutCompilerTraces traces(at.model);
    Status exported = exportModel(at.model, at.weights.place(), digested, diags);
    digest = digested.digest();
    return exported;
  };
  if (!at.writePart(below(data, "model.mlmodel"), fillModel))
    return failure();

  Manifest manifest;
  auto identifier = [&](StringRef item) { return stableIdentifier((item + "\n" + digest).str()); };
  manifest.rootIdentifier = identifier("com.apple.CoreML/model.mlmodel");
  manifest.add(
      {manifest.rootIdentifier, "com.apple.CoreML/model.mlmodel", "model.mlmodel", coremlAuthor.str(), "CoreML Model Specification"});
  // Tools expect the weights item even if a program has no weights.
  if (hasProgram(at.model)) {
    manifest.add(
        {identifier("com.apple.CoreML/weights"), "com.apple.CoreML/weights", "weights", coremlAuthor.str(), "CoreML Model Weights"});
    if (!makeFolders(below(data, "weights"), diags))
      return failure();
  }
  if (!writeExtras(at, package, manifest))
    return failure();
  auto fillManifest = [&](raw_ostream &out) {
    out << printManifest(manifest);
    return success();
  };
  if (!at.writePart(below(package, "Manifest.json"), fillManifest))
    return failure();
  if (!(*output)->commit(diags))
    return failure();
  return at.weights.result();
}

} // namespace

const FormRow packageForm = {
    .form = Form::Package,
    .name = "package (.mlpackage)",
    .extension = ".mlpackage",
    .isFolder = true,
    .isText = false,
    .savesOthers = true,
    .lacks = "the package has no Manifest.json",
    .recognise = [](StringRef folder) { return sys::fs::exists(below(folder, "Manifest.json")); },
    .open = openPackage,
    .save = savePackage,
};

} // namespace mil
