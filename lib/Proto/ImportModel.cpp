#include "Import.h"
#include "mil/IR/ModelTypes.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

namespace mil {

namespace {

// The cases of Model's oneof.
constexpr uint32_t programField = 502;
bool isPipelineField(uint32_t field) { return field >= 200 && field <= 202; }
bool isModelType(uint32_t field) {
  constexpr uint32_t types[] = {200, 201, 202, 300, 301, 302, 303, 304, 400, 401, 402,  403,  404,  500,  501,  502,  555,  556, 560,
                                600, 601, 602, 603, 604, 606, 607, 609, 610, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000};
  return llvm::is_contained(types, field);
}

/// Model's own fields, and the one of its oneof.
struct ModelParts {
  std::string rest;
  uint32_t typeField = 0;
  wire::Submessage type;
  bool ok = true;

  explicit ModelParts(llvm::StringRef bytes) {
    llvm::SmallVector<wire::Field, 8> others;
    wire::Reader reader(bytes);
    for (wire::Field field; reader.next(field);) {
      if (field.type != wire::lengthDelimited || !isModelType(field.number)) {
        others.push_back(field);
        continue;
      }
      // The last case of a oneof wins; pieces of the same case merge.
      if (std::exchange(typeField, field.number) != field.number)
        type.clear();
      type.add(field.payload);
    }
    ok = !reader.failed();
    for (const wire::Field &field : others) {
      // A newer type of model is an unknown field, which is taken for the type if there is no other.
      if (!typeField && field.type == wire::lengthDelimited && field.number > spec::Model::kIsUpdatableFieldNumber) {
        typeField = field.number;
        type.add(field.payload);
      } else {
        rest += field.whole;
      }
    }
  }
};

std::unique_ptr<Model> importModelAt(Importing &at, llvm::StringRef bytes, unsigned depth);

std::unique_ptr<Pipeline> importPipeline(Importing &at, uint32_t field, llvm::StringRef bytes, unsigned depth) {
  if (depth > wire::maxPipelineDepth)
    return at.report(diag::PipelineTooDeep, wire::maxPipelineDepth), nullptr;
  auto pipeline = std::make_unique<Pipeline>();
  pipeline->field = int(field);
  wire::Submessage inner;
  if (field == 202) {
    inner.add(bytes);
  } else {
    // PipelineClassifier and PipelineRegressor wrap a pipeline.
    wire::Reader reader(bytes);
    for (wire::Field each; reader.next(each);)
      if (each.number == 1 && each.type == wire::lengthDelimited)
        inner.add(each.payload);
      else
        pipeline->wrapperExtra += each.whole;
    if (reader.failed())
      return at.malformed("the pipeline"), nullptr;
  }
  wire::Split split(inner.bytes(), spec::Pipeline::kModelsFieldNumber);
  spec::Pipeline shell;
  if (!split.ok || !wire::parse(split.rest, shell))
    return at.malformed("the pipeline"), nullptr;
  pipeline->names.assign(shell.names().begin(), shell.names().end());
  pipeline->protoExtra = wire::unknown(shell);
  auto [selector, within] = at.wanted.split('#');
  std::optional<size_t> selected = selectedModel(pipeline->names, split.parts.size(), selector);
  llvm::SaveAndRestore next(at.wanted, selected ? within : "");
  for (auto [i, part] : llvm::enumerate(split.parts)) {
    if (selected && i != *selected) {
      pipeline->models.push_back(unreadModel());
      continue;
    }
    pipeline->models.push_back(importModelAt(at, part, depth + 1));
    if (!pipeline->models.back())
      return nullptr;
  }
  return pipeline;
}

std::unique_ptr<Model> importModelAt(Importing &at, llvm::StringRef bytes, unsigned depth) {
  ModelParts parts(bytes);
  auto model = std::make_unique<Model>();
  {
    spec::Model shell;
    if (!parts.ok || !wire::parse(parts.rest, shell))
      return at.malformed("the model"), nullptr;
    model->specificationVersion = shell.specificationversion();
    if (shell.has_description())
      model->description = importDescription(shell.description());
    model->updatable = shell.isupdatable();
    model->protoExtra = wire::unknown(shell);
    model->sourceFile = at.file;
  }
  if (!parts.typeField)
    return at.report(diag::NoModelType), nullptr;
  if (parts.typeField == programField) {
    model->program = importProgram(at, parts.type.bytes(), model->specificationVersion);
    return model->program ? std::move(model) : nullptr;
  }
  if (isPipelineField(parts.typeField)) {
    model->pipeline = importPipeline(at, parts.typeField, parts.type.bytes(), depth + 1);
    return model->pipeline ? std::move(model) : nullptr;
  }
  model->otherType = Model::Other{int(parts.typeField), parts.type.bytes().str()};
  return model;
}

} // namespace

Result<std::unique_ptr<Model>> importModel(llvm::StringRef bytes, uint32_t file, Context &context, DiagnosticEngine &diags,
                                           const ImportOptions &options) {
  wire::Quiet quiet;
  Importing at(diags, file, &context, options.blobs);
  at.wanted = options.model;
  if (bytes.size() > wire::maxMessageSize)
    return at.report(diag::MessageTooLarge, "the model", bytes.size());
  std::unique_ptr<Model> model = importModelAt(at, bytes, 0);
  if (!model)
    return failure();
  return model;
}

Result<ModelDescription> importDescription(llvm::StringRef bytes, uint32_t file, DiagnosticEngine &diags) {
  wire::Quiet quiet;
  Importing at(diags, file);
  spec::ModelDescription message;
  if (!wire::parse(bytes, message))
    return at.malformed("the description");
  return importDescription(message);
}

} // namespace mil
