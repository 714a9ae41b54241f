// The table of weights of `milc info --weights`.
#pragma once

#include "mil/IR/Model.h"
#include <CLI/CLI.hpp>

namespace milc {

struct WeightTable {
  bool wanted = false;
  uint64_t minBytes = 0;
  std::string sort = "program";

  void addTo(CLI::App &app);
  /// Prints the weights of all programs of a model, as a table or as JSON.
  void print(const mil::Model &model, bool json) const;
};

} // namespace milc
