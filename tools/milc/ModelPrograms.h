// What commands that rewrite a model do first.
#pragma once

#include "mil/IR/Model.h"

namespace milc {

/// Whether all programs of a model, of a pipeline's models, too, are valid: passes run on no others. Reports errors, and keeps warnings to
/// itself: `milc verify` is for those. Warns of a model without a program.
mil::Status verifyFirst(const mil::Model &model, mil::DiagnosticEngine &diags);

} // namespace milc
