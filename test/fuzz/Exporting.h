// What the fuzzers of models have in common: the bytes of a model that must be possible to write.
#pragma once

#include "mil/Proto/Proto.h"
#include <cstdlib>

namespace mil {

inline std::string exported(const Model &model, DiagnosticEngine &diags) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  if (!exportModel(model, nullptr, stream, diags))
    std::abort();
  return out;
}

} // namespace mil
