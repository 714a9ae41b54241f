// Outputs that are a file with its weights beside it: text and bare models.
#include "Descriptions.h"
#include "Saver.h"
#include "WeightNames.h"
#include "mil/Compile/CompiledModel.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"
#include "mil/Text/Printer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

std::string Saver::sidecarPath() const {
  SmallString<256> sidecar(path);
  sys::path::replace_extension(sidecar, ".coremldata.bin");
  return std::string(sidecar);
}

/// The name that a weight file gets: the planned one or the first after it that nothing has. What the old output alone refers to is used
/// again when it has the same bytes as `written`; the result is "=NAME" then.
Result<std::string> Saver::nameBeside(const WeightPlan::File &file, StringRef written) {
  std::string folder = below(folderOf(path), weightsFolder), stem = weightFileStem(path);
  WeightReferences references(path);
  auto isPlanned = [&](StringRef name) {
    return any_of(weights.files(),
                  [&](const WeightPlan::File &other) { return &other != &file && other.path == (weightsFolder + "/" + name).str(); });
  };
  std::string name = sys::path::filename(file.path).str();
  for (unsigned i = 1;; ++i) {
    std::string there = below(folder, name);
    if (!isPlanned(name)) {
      sys::fs::file_status status;
      if (sys::fs::status(there, status, /*follow=*/false) == std::errc::no_such_file_or_directory)
        return name;
      if (status.type() == sys::fs::file_type::regular_file && options.force && references.isOwn(name) && !inputs.containsPath(there)) {
        Result<bool> same = sameBytes(there, written, diags);
        if (!same)
          return failure();
        if (*same)
          return "=" + name;
      }
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
    Result<std::string> name = nameBeside(file, output.partPath(*part));
    if (!name)
      return failure();
    bool isThere = StringRef(*name).starts_with("=");
    weights.rename(i, StringRef(*name).drop_front(isThere));
    if (!isThere)
      output.namePart(*part, *name);
  }
  return success();
}

Status Saver::commitBeside(OutputGroup &output) {
  return output.commit(diags, [this] {
    std::vector<std::string> names = WeightReferences(path).own();
    erase_if(names, [this](StringRef name) {
      std::string relative = (weightsFolder + "/" + name).str();
      return inputs.containsPath(below(folderOf(path), relative)) ||
             any_of(weights.files(), [&](const WeightPlan::File &file) { return file.path == relative; });
    });
    return names;
  });
}

Status Saver::saveSerialised() {
  warnOfExtras();
  if (!refuseInputs(path))
    return failure();
  Result<std::unique_ptr<OutputGroup>> output = OutputGroup::create(path, weightsFolder, options.force, diags);
  if (!output || !writeWeightsBeside(**output))
    return failure();
  WithoutCompilerTraces traces(model);
  if (!exportModel(model, weights.place(), (*output)->stream(), diags))
    return failure();
  return commitBeside(**output);
}

/// Writes the description where the text doesn't tell all, or where an old one would be taken for the new text's.
Status Saver::describeBeside(OutputGroup &output) {
  std::string sidecar = sidecarPath(), bytes;
  if (textTellsAll(model) && !sys::fs::exists(sidecar))
    return success();
  if (!refuseInputs(sidecar))
    return failure();
  Result<raw_ostream *> stream = output.addCompanion(sidecar, diags);
  if (!stream || !exportDescription(model.description.value_or(ModelDescription()), bytes, diags))
    return failure();
  size_t functions = model.program->functions().size();
  **stream << printCompiledModel(compiledProgram(model.specificationVersion, std::move(bytes), std::max<size_t>(functions, 1)));
  return success();
}

Status Saver::saveText() {
  warnOfExtras();
  warnOfLosses();
  if (!refuseInputs(path))
    return failure();
  Result<std::unique_ptr<OutputGroup>> output = OutputGroup::create(path, weightsFolder, options.force, diags);
  if (!output || !describeBeside(**output) || !writeWeightsBeside(**output))
    return failure();
  PrintOptions printing;
  printing.place = weights.place();
  printProgram(*model.program, (*output)->stream(), printing);
  return commitBeside(**output);
}

} // namespace mil
