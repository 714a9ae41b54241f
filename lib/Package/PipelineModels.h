// Selects one model of a pipeline.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// Replaces an opened pipeline by one of its models, selected by number from 0 or by name, separated by # for nested pipelines. Items of
/// the whole pipeline (overlays, other files of the package) are dropped.
Status takeModel(OpenedModel &opened, llvm::StringRef selector, DiagnosticEngine &diags);

} // namespace mil
