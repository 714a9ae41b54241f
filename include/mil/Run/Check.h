// Whether a rewrite kept what a model computes: both forms run on random inputs.
#pragma once

#include "mil/Run/Compare.h"

namespace mil {

/// Runs every function that both models have, or both pipelines, on `samples` random inputs, and compares the outputs that both have: to
/// 10⁻³, or to 5·10⁻² where one of the two is fp16, absolutely and relatively. Reports the first output that differs more, and what can't be
/// run. Inputs whose shape is not known have the sizes that the model proposes.
Status checkRewrite(const Model &before, const Model &after, unsigned samples, DiagnosticEngine &diags, const RunOptions &options = {});

} // namespace mil
