// Pipelines: models that run one after the other, as one model.
//
//   detector: photo -> boxes ─┐               photo -> ┌──────────┐ boxes ┌─────┐ -> names
//   namer:    boxes -> names ─┴─ makePipeline ───────► │ detector │──────►│namer│
//                                                      └──────────┘       └─────┘
//
// Models pass values by name. An input that is not an output of an earlier model is an input of the pipeline; an output that is not an
// input of a later model is an output of the pipeline. An output without a known shape gets the description of the input that receives it.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// Copies models of any type into a pipeline in `context`, the context in which they were opened. The models must exist until the result
/// has been saved. Errors: fewer than two models, a model with several functions, an output that two models have.
Result<std::unique_ptr<Model>> makePipeline(llvm::ArrayRef<const OpenedModel *> models, Context &context, DiagnosticEngine &diags);

} // namespace mil
