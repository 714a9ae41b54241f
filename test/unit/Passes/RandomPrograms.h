// Random legal programs that look like what passes look for: idioms of converters, nearly right and quite right ones, in random
// surroundings, with their constants and intermediate values read elsewhere, returned, and used in nested blocks.
#pragma once

#include "mil/Build/FunctionBuilder.h"

namespace mil::test {

/// The model of a seed, cut off after `steps` random steps: fewer steps make a beginning of the same program. Null if the
/// generator made a call that was refused; `why` is set to which.
std::unique_ptr<Model> randomModel(Context &context, uint64_t seed, unsigned steps, std::string &why);

} // namespace mil::test
