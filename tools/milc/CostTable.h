// What `milc info --costs` prints.
#pragma once

#include "mil/IR/Model.h"
#include <CLI/CLI.hpp>

namespace milc {

struct CostTable {
  bool wanted = false;
  std::string function;
  std::vector<std::string> shapes; ///< NAME=1x64

  void addTo(CLI::App &app);
  /// Prints what the functions of a model cost to run. Gives inputs the requested sizes first, which changes the model. Fails,
  /// reported, when sizes are missing or don't fit.
  mil::Status print(mil::Model &model, bool json, mil::DiagnosticEngine &diags) const;
};

} // namespace milc
