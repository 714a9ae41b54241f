#include "Saver.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/IR/Walk.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Package/Manifest.h"
#include "mil/Proto/Proto.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MD5.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

namespace {

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

} // namespace

Status Saver::savePackage() {
  if (!refuseInputs(path))
    return failure();
  Result<std::unique_ptr<OutputFolder>> output = OutputFolder::create(path, options.force, diags);
  if (!output)
    return failure();
  std::string package = (*output)->path().str();
  std::string data = below(package, "Data/com.apple.CoreML");

  WeightPlan::Request request;
  request.layout = options.layout;
  request.moveFrom = options.externalizeFrom.value_or(10);
  if (!weights.make(model, request, options.progress) || !makeFolders(data, diags))
    return failure();
  for (const WeightPlan::File &file : weights.files()) {
    std::string target = below(data, file.path);
    if (!makeFolders(folderOf(target), diags) || !weights.write(file, target, options.progress))
      return failure();
  }

  std::string digest;
  auto fillModel = [&](raw_ostream &out) {
    DigestStream digested(out);
    WithoutCompilerTraces traces(model);
    Status exported = exportModel(model, weights.place(), digested, diags);
    digest = digested.digest();
    return exported;
  };
  if (!writePart(below(data, "model.mlmodel"), fillModel))
    return failure();

  Manifest manifest;
  auto identifier = [&](StringRef item) { return stableIdentifier((item + "\n" + digest).str()); };
  manifest.rootIdentifier = identifier("com.apple.CoreML/model.mlmodel");
  manifest.add(
      {manifest.rootIdentifier, "com.apple.CoreML/model.mlmodel", "model.mlmodel", coremlAuthor.str(), "CoreML Model Specification"});
  // Tools ask for the weights item of a program even when there are none.
  if (hasProgram(model)) {
    manifest.add(
        {identifier("com.apple.CoreML/weights"), "com.apple.CoreML/weights", "weights", coremlAuthor.str(), "CoreML Model Weights"});
    if (!makeFolders(below(data, "weights"), diags))
      return failure();
  }
  if (!writeExtras(package, manifest))
    return failure();
  auto fillManifest = [&](raw_ostream &out) {
    out << printManifest(manifest);
    return success();
  };
  if (!writePart(below(package, "Manifest.json"), fillManifest))
    return failure();
  return (*output)->commit(diags);
}

/// The other files of the package that the model comes from, where there is one such package.
Status Saver::writeExtras(StringRef package, Manifest &manifest) {
  if (sources.size() != 1)
    return success();
  for (const OpenedModel::Extra &extra : sources.front()->extras) {
    std::string why;
    Result<std::string> target = pathWithin(package, extra.path, why);
    if (!target || sys::fs::exists(*target)) {
      diags.report({}, diag::SkippedItem, extra.path, target ? "a file of the model takes its place" : why);
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

} // namespace mil
