// Weight files of outputs that are a file with its weights beside it: text and bare models.
#include "Saver.h"
#include "WeightNames.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

/// Gives a weight file, written as a part of the output, the name that was planned or the first after it that nothing has. What the old
/// output alone refers to is used again when it has the same bytes.
Result<std::string> Saver::nameBeside(const WeightPlan::File &file, OutputGroup &output, size_t part) {
  std::string folder = below(folderOf(path), weightsFolder), stem = weightFileStem(path);
  auto isPlanned = [&](StringRef name) {
    return any_of(weights.files(),
                  [&](const WeightPlan::File &other) { return &other != &file && other.path == (weightsFolder + "/" + name).str(); });
  };
  auto isSame = [&](StringRef name) -> Result<bool> {
    std::string there = below(folder, name);
    if (!options.force || inputs.containsPath(there))
      return false;
    Result<std::unique_ptr<WeightReferences>> references = WeightReferences::read(path, diags);
    if (!references)
      return failure();
    if (!(*references)->isOwn(name))
      return false;
    return sameBytes(there, output.partPath(part), diags);
  };
  std::string name = sys::path::filename(file.path).str();
  for (unsigned i = 1;; ++i) {
    if (!isPlanned(name)) {
      Result<bool> named = output.namePart(part, name, diags);
      if (!named)
        return failure();
      Result<bool> usable = *named ? Result<bool>(true) : isSame(name);
      if (!usable)
        return failure();
      if (*usable && !*named && !output.reusePart(part, name, diags))
        return failure();
      if (*usable)
        return name;
    }
    name = i == 1 ? stem + ".bin" : stem + "-" + std::to_string(i) + ".bin";
  }
}

Status Saver::writeWeightsBeside(OutputGroup &output) {
  WeightPlan::Request request;
  request.layout = options.layout;
  request.moveFrom = options.externalizeFrom.value_or(0);
  request.folder = folderOf(path);
  request.stem = weightFileStem(path);
  if (!weights.make(model, request, options.progress))
    return failure();
  for (size_t i = 0; i != weights.files().size(); ++i) {
    const WeightPlan::File &file = weights.files()[i];
    if (file.inPlace)
      continue;
    Result<size_t> part = output.addPart(diags);
    if (!part || !weights.write(file, output.partPath(*part), options.progress))
      return failure();
    Result<std::string> name = nameBeside(file, output, *part);
    if (!name)
      return failure();
    weights.rename(i, *name);
  }
  return success();
}

Status Saver::commitBeside(OutputGroup &output) {
  return output.commit(diags, [this]() -> Result<std::vector<std::string>> {
    Result<std::unique_ptr<WeightReferences>> references = WeightReferences::read(path, diags);
    if (!references)
      return failure();
    std::vector<std::string> names = (*references)->own();
    erase_if(names, [this](StringRef name) {
      std::string relative = (weightsFolder + "/" + name).str();
      return inputs.containsPath(below(folderOf(path), relative)) ||
             any_of(weights.files(), [&](const WeightPlan::File &file) { return file.path == relative; });
    });
    return names;
  });
}

} // namespace mil
