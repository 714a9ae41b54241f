// One model of a pipeline instead of the pipeline.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// Lets an opened pipeline be one of its models: by number from 0 or by name, # between those of pipelines within pipelines. What came with
/// the pipeline as a whole (overlays, other files of the package) is left behind.
Status takeModel(OpenedModel &opened, llvm::StringRef selector, DiagnosticEngine &diags);

} // namespace mil
