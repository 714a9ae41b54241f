// Pipelines: models that run one after the other, as one model.
//
//   detector: photo -> boxes ─┐               photo -> ┌──────────┐ boxes ┌─────┐ -> names
//   namer:    boxes -> names ─┴─ makePipeline ───────► │ detector │──────►│namer│
//                                                      └──────────┘       └─────┘
//
// Models pass values by name: an input that no model before gives is one of the pipeline, an output that no model after takes is one of the
// pipeline. An output without a known shape is described as the input that takes it.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// Copies models, of any type, into a pipeline in `context`, the one that they were opened in. The sources must outlive the result's
/// saving. Errors: fewer than two models, one with several functions, an output that two of them give.
Result<std::unique_ptr<Model>> makePipeline(llvm::ArrayRef<const OpenedModel *> models, Context &context, DiagnosticEngine &diags);

} // namespace mil
