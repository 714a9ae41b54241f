#include "Export.h"
#include "mil/Proto/DiagnosticKinds.h"

namespace mil {

namespace {

void exportModelTo(Exporting &at, const Model &model, wire::Buffer &out, unsigned depth);

void exportPipeline(Exporting &at, const Pipeline &pipeline, wire::Buffer &out, unsigned depth) {
  if (depth > wire::maxPipelineDepth)
    return at.report(diag::PipelineTooDeep, wire::maxPipelineDepth);
  wire::Buffer body;
  for (const std::unique_ptr<Model> &model : pipeline.models) {
    wire::Buffer inner;
    exportModelTo(at, *model, inner, depth);
    if (at.failed)
      return;
    body.field(spec::Pipeline::kModelsFieldNumber, std::move(inner));
  }
  for (const std::string &name : pipeline.names)
    body.field(spec::Pipeline::kNamesFieldNumber, at.text(name));
  body.append(pipeline.protoExtra);
  if (pipeline.field == spec::Model::kPipelineFieldNumber)
    return out.append(std::move(body));
  out.field(spec::PipelineClassifier::kPipelineFieldNumber, std::move(body));
  out.append(pipeline.wrapperExtra);
}

void exportModelTo(Exporting &at, const Model &model, wire::Buffer &out, unsigned depth) {
  spec::Model shell;
  shell.set_specificationversion(model.specificationVersion);
  if (model.description)
    exportDescription(at, *model.description, *shell.mutable_description());
  shell.set_isupdatable(model.updatable);
  if (!at.failed && at.fits("the description", shell.ByteSizeLong()))
    out.append(wire::serialize(shell));
  if (at.failed)
    return;

  wire::Buffer body;
  int field = 0;
  if (model.program) {
    field = spec::Model::kMlProgramFieldNumber;
    exportProgram(at, *model.program, body);
  } else if (model.pipeline) {
    field = model.pipeline->field;
    exportPipeline(at, *model.pipeline, body, depth + 1);
  } else if (model.otherType) {
    field = model.otherType->field;
    body.append(model.otherType->bytes);
  } else {
    return at.report(diag::NoModelType);
  }
  if (at.failed)
    return;
  out.field(uint32_t(field), std::move(body));
  out.append(model.protoExtra);
  at.fits("the model", out.size());
}

} // namespace

Status exportModel(const Model &model, const PlaceFn &place, llvm::raw_ostream &out, DiagnosticEngine &diags) {
  Exporting at(diags, &place);
  wire::Buffer buffer;
  exportModelTo(at, model, buffer, 0);
  if (at.failed)
    return failure();
  buffer.writeTo(out);
  return success();
}

Status exportDescription(const ModelDescription &description, std::string &out, DiagnosticEngine &diags) {
  Exporting at(diags);
  spec::ModelDescription message;
  exportDescription(at, description, message);
  if (at.failed || !at.fits("the description", message.ByteSizeLong()))
    return failure();
  out = wire::serialize(message);
  return success();
}

} // namespace mil
