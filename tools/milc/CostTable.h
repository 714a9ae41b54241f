// The output of `milc info --costs`.
#pragma once

#include "mil/IR/Model.h"
#include <CLI/CLI.hpp>

namespace milc {

struct CostTable {
  bool wanted = false;
  std::string function;
  std::vector<std::string> shapes; ///< NAME=1x64

  void addTo(CLI::App &app);
  /// Prints the costs of running the functions of a model. First sets the requested sizes of inputs, which changes the model. Fails
  /// (reported) if sizes are missing or don't match.
  mil::Status print(mil::Model &model, bool json, mil::DiagnosticEngine &diags) const;
};

} // namespace milc
