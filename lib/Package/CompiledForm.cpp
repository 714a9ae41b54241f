// Compiled models (.mlmodelc): a folder as Core ML's compiler makes it. See mil/Package/Compile.h and docs/compile.md.
#include "Descriptions.h"
#include "Opener.h"
#include "Saver.h"
#include "mil/Compile/CompiledMetadata.h"
#include "mil/Compile/CompiledUnknowns.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/IR/ModelTypes.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"
#include "mil/Text/Printer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;

namespace mil {

Result<CompiledModel> Opener::readCompiled(StringRef path, uint32_t &file) {
  Result<const MappedFile *> mapped = map(path);
  if (!mapped)
    return failure();
  file = (*mapped)->file();
  return parseCompiledModel((*mapped)->bytes(), file, diags);
}

/// The description in a coremldata.bin, for a program whose text is beside it.
Status Opener::describeByCompiled(Model &model, StringRef path) {
  uint32_t file;
  Result<CompiledModel> compiled = readCompiled(path, file);
  if (!compiled)
    return failure();
  if (compiled->type != CompiledModel::MLProgram)
    return diags.report({}, diag::CompiledModelType, path, describeModelType(int(compiled->type)));
  Result<ModelDescription> description = importDescription(compiled->description, file, diags);
  if (!description)
    return failure();
  // Compilers write an empty message where the source had none.
  if (sys::path::filename(path) == "coremldata.bin" && description->metadata == Metadata())
    description->metadata.reset();
  model.description = std::move(*description);
  model.specificationVersion = int(compiled->specificationVersion);
  restoreOrder(*model.program, *model.description);
  return success();
}

namespace {

/// Pipelines within pipelines: none was ever seen.
constexpr unsigned maxPipelineDepth = 16;

/// Opens a folder. `wanted` selects a model of a pipeline, the only one to be read.
Result<std::unique_ptr<Model>> openCompiled(Opener &at, StringRef folder, StringRef wanted, unsigned depth);

Result<std::unique_ptr<Model>> openCompiledProgram(Opener &at, StringRef folder) {
  std::string text = below(folder, "model.mil");
  if (!sys::fs::exists(text))
    return at.diags.report({}, diag::CompiledModelPart, folder, "model.mil");
  return at.openText(text);
}

Status readModelNames(Opener &at, StringRef folder, Pipeline &pipeline) {
  std::string path = below(folder, "modelNames/coremldata.bin");
  if (!sys::fs::exists(path))
    return success();
  Result<const MappedFile *> mapped = at.map(path);
  if (!mapped)
    return failure();
  Result<std::vector<std::string>> names = parseModelNames((*mapped)->bytes(), (*mapped)->file(), at.diags);
  if (!names)
    return failure();
  pipeline.names = std::move(*names);
  return success();
}

Result<std::unique_ptr<Model>> openCompiledPipeline(Opener &at, StringRef folder, const CompiledModel &compiled, uint32_t file,
                                                    StringRef wanted, unsigned depth) {
  auto model = std::make_unique<Model>();
  model->specificationVersion = int(compiled.specificationVersion);
  model->sourceFile = file;
  Result<ModelDescription> description = importDescription(compiled.description, file, at.diags);
  if (!description)
    return failure();
  if (description->metadata == Metadata())
    description->metadata.reset();
  model->description = std::move(*description);
  model->pipeline = std::make_unique<Pipeline>();
  model->pipeline->field = int(compiled.type);
  if (!readModelNames(at, folder, *model->pipeline))
    return failure();
  auto [selector, within] = wanted.split('#');
  std::optional<size_t> selected = selectedModel(model->pipeline->names, compiled.modelCount, selector);
  for (uint64_t i = 0; i != compiled.modelCount; ++i) {
    if (selected && i != *selected) {
      model->pipeline->models.push_back(unreadModel());
      continue;
    }
    std::string part = "model" + std::to_string(i);
    std::string child = below(folder, part);
    if (!sys::fs::is_directory(child))
      return at.diags.report({}, diag::CompiledModelPart, folder, part + ", one of " + std::to_string(compiled.modelCount));
    Result<std::unique_ptr<Model>> opened = openCompiled(at, child, selected ? within : "", depth + 1);
    if (!opened)
      return failure();
    model->pipeline->models.push_back(std::move(*opened));
  }
  return model;
}

Result<std::unique_ptr<Model>> openCompiled(Opener &at, StringRef folder, StringRef wanted, unsigned depth) {
  std::string coremldata = below(folder, "coremldata.bin");
  if (!sys::fs::exists(coremldata)) {
    if (!sys::fs::exists(below(folder, "model.mil")))
      return at.diags.report({}, diag::CompiledModelPart, folder, "coremldata.bin");
    at.diags.report({}, diag::DescriptionDerived, folder);
    return openCompiledProgram(at, folder);
  }
  uint32_t file;
  Result<CompiledModel> compiled = at.readCompiled(coremldata, file);
  if (!compiled)
    return failure();
  if (compiled->type == CompiledModel::MLProgram)
    return openCompiledProgram(at, folder);
  if (compiled->isPipeline() && depth < maxPipelineDepth)
    return openCompiledPipeline(at, folder, *compiled, file, wanted, depth);
  if (!compiled->hasDescription())
    return importModel(compiled->model, file, at.context, at.diags);
  return at.diags.report({}, diag::CompiledModelType, folder,
                         compiled->isPipeline() ? "pipeline, nested too deeply" : describeModelType(int(compiled->type)));
}

/// Digests what is written to it.
class HashStream : public raw_ostream {
public:
  HashStream() { SetUnbuffered(); }
  std::string base64() {
    auto digest = hash.final();
    return encodeBase64(digest);
  }

private:
  void write_impl(const char *bytes, size_t size) override {
    hash.update(StringRef(bytes, size));
    position += size;
  }
  uint64_t current_pos() const override { return position; }

  SHA256 hash;
  uint64_t position = 0;
};

Status hashFile(StringRef path, HashStream &hash, DiagnosticEngine &diags) {
  Result<std::unique_ptr<File>> file = File::open(path, diags);
  if (!file)
    return failure();
  std::vector<uint8_t> window(1 << 20);
  for (uint64_t offset = 0, size = (*file)->size(); offset != size;) {
    MutableArrayRef<uint8_t> part = MutableArrayRef<uint8_t>(window).take_front(size_t(std::min<uint64_t>(size - offset, window.size())));
    if (!(*file)->read(offset, part, diags))
      return failure();
    hash << toStringRef(part);
    offset += part.size();
  }
  return success();
}

/// Writes the files of one compiled model after the other into the folder of the whole.
class CompiledFolder {
public:
  CompiledFolder(Saver &saver, const CompileOptions &compile) : saver(saver), diags(saver.diags), compile(compile) {}

  Result<SaveResult> write(const Model &model, StringRef folder) {
    if (!writeModel(model, folder) || !writeMetadata(model, folder) || !writeAnalytics(model, folder))
      return failure();
    return totals;
  }

private:
  Status writeBytes(const std::string &path, StringRef bytes) {
    if (!makeFolders(folderOf(path), diags))
      return failure();
    return saver.writePart(path, [&](raw_ostream &out) {
      out << bytes;
      return success();
    });
  }

  /// Writes the files that every model has, also one of a pipeline; returns the content of its coremldata.bin. Readers limit how deep
  /// pipelines are nested.
  Result<CompiledModel> writeModel(const Model &model, StringRef folder) {
    Result<CompiledModel> compiled = model.program    ? writeProgram(model, folder)
                                     : model.pipeline ? writeStages(model, folder)
                                                      : wrap(model);
    if (!compiled || !writeBytes(below(folder, "coremldata.bin"), printCompiledModel(*compiled)))
      return failure();
    return compiled;
  }

  Result<CompiledModel> writeProgram(const Model &model, StringRef folder) {
    plans.push_back(std::make_unique<WeightPlan>(saver.inputs, diags));
    WeightPlan &weights = *plans.back();
    WeightPlan::Request request;
    request.layout = saver.options.layout;
    request.moveFrom = saver.options.externalizeFrom.value_or(0);
    if (!weights.make(model, request, saver.options.progress))
      return failure();
    for (const WeightPlan::File &file : weights.files()) {
      std::string target = below(folder, file.path);
      if (!makeFolders(folderOf(target), diags) || !weights.write(file, target, saver.options.progress))
        return failure();
    }
    totals.weightBytes += weights.result().weightBytes;
    totals.referencedBytes += weights.result().referencedBytes;
    totals.blobs += weights.result().blobs;

    PrintOptions printing;
    printing.place = weights.place();
    Status text = saver.writePart(below(folder, "model.mil"), [&](raw_ostream &out) {
      WithCompilerTraces traces(model, compile);
      printProgram(*model.program, out, printing);
      return success();
    });
    Result<std::string> description = serialise(*model.description);
    if (!text || !description)
      return failure();
    return compiledProgram(model.specificationVersion, std::move(*description), std::max<size_t>(model.description->functions.size(), 1));
  }

  Result<CompiledModel> writeStages(const Model &model, StringRef folder) {
    std::vector<CompiledModel> stages;
    for (const auto &[i, stage] : enumerate(model.pipeline->models)) {
      std::string child = below(folder, "model" + std::to_string(i));
      if (!makeFolders(child, diags))
        return failure();
      Result<CompiledModel> compiled = writeModel(*stage, child);
      if (!compiled)
        return failure();
      if (stage->program && !writeBytes(below(child, "analytics/coremldata.bin"), printAnalytics({programDetails()})))
        return failure();
      stages.push_back(std::move(*compiled));
    }
    const std::vector<std::string> &names = model.pipeline->names;
    if (!names.empty() && !writeBytes(below(folder, "modelNames/coremldata.bin"), printModelNames(names)))
      return failure();
    Result<std::string> description = serialise(*model.description);
    if (!description)
      return failure();
    return compiledPipeline(model.specificationVersion, std::move(*description), stages);
  }

  /// A model that stays a message.
  Result<CompiledModel> wrap(const Model &model) {
    CompiledModel compiled;
    compiled.type = uint32_t(model.otherType->field);
    compiled.formatVersion = {1, 0, 0};
    compiled.variant = "spec";
    compiled.specificationVersion = model.specificationVersion;
    raw_string_ostream out(compiled.model);
    if (!exportModel(model, nullptr, out, diags))
      return failure();
    return compiled;
  }

  /// The compiler writes metadata where there is none.
  Result<std::string> serialise(ModelDescription description) {
    std::string bytes;
    if (!description.metadata)
      description.metadata.emplace();
    if (!exportDescription(description, bytes, diags))
      return failure();
    return bytes;
  }

  Status writeMetadata(const Model &model, StringRef folder) {
    Guesses guesses;
    std::string text = printCompiledMetadata(model, compile, guesses);
    if (!guesses.empty())
      diags.report({}, diag::MetadataGuess, join(guesses, ", "));
    return writeBytes(below(folder, "metadata.json"), text);
  }

  static AnalyticsSection programDetails() {
    return {"NeuralNetworkModelDetails", {{"containsCustomLayer", "0"}, {"modelDimension", "0"}}};
  }

  Status writeAnalytics(const Model &model, StringRef folder) {
    HashStream hash;
    if (!(compile.modelFile.empty() ? hashMessage(model, hash) : hashFile(compile.modelFile, hash, diags)))
      return failure();
    StringRef name = compile.modelFile.empty() ? "model" : sys::path::stem(compile.modelFile);
    AnalyticsSection details = programDetails();
    if (model.pipeline)
      details = {"PipelineModelDetails", {{"modelDimension", std::to_string(model.pipeline->models.size())}}};
    AnalyticsSection specification = {"SpecificationDetails", {{"modelHash", hash.base64()}, {"modelName", name.str()}}};
    return writeBytes(below(folder, "analytics/coremldata.bin"), printAnalytics({details, specification}));
  }

  /// The message that a package of the model would have.
  Status hashMessage(const Model &model, HashStream &hash) {
    WithoutCompilerTraces traces(model);
    return exportModel(model, placeOfAll(), hash, diags);
  }

  PlaceFn placeOfAll() const {
    return [this](const Literal &literal) -> std::optional<BlobPlace> {
      for (const std::unique_ptr<WeightPlan> &plan : plans)
        if (auto place = plan->place()(literal))
          return place;
      return std::nullopt;
    };
  }

  Saver &saver;
  DiagnosticEngine &diags;
  const CompileOptions &compile;
  std::vector<std::unique_ptr<WeightPlan>> plans;
  SaveResult totals;
};

Result<SaveResult> saveCompiled(Saver &at) {
  DiagnosticEngine &diags = at.diags;
  at.warnOfExtras();
  CompileOptions compile = at.options.compile;
  if (compile.className.empty())
    compile.className = sys::path::stem(at.path).str();
  if (!checkCompilable(at.model, compile.bestEffort, diags) || !at.refuseInputs(at.path))
    return failure();
  Result<std::unique_ptr<OutputFolder>> output = OutputFolder::create(at.path, at.options.force, diags);
  if (!output)
    return failure();
  Result<SaveResult> result = CompiledFolder(at, compile).write(at.model, (*output)->path());
  if (!result || !(*output)->commit(diags))
    return failure();
  return result;
}

} // namespace

const FormRow compiledForm = {
    .form = Form::Compiled,
    .name = "compiled model (.mlmodelc)",
    .extension = ".mlmodelc",
    .isFolder = true,
    .isText = true,
    .savesOthers = true,
    .lacks = "the compiled model has no coremldata.bin and no model.mil",
    .recognise =
        [](StringRef folder) { return sys::fs::exists(below(folder, "coremldata.bin")) || sys::fs::exists(below(folder, "model.mil")); },
    .open = [](Opener &opener, StringRef path) { return openCompiled(opener, path, opener.options.model, 0); },
    .save = saveCompiled,
};

} // namespace mil
