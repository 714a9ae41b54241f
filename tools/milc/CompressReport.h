// What `milc compress` prints: tables, or one JSON document.
#pragma once

#include "mil/Compress/Compress.h"

namespace milc {

/// What was done, as far as it is known.
struct CompressSummary {
  const mil::CompressionReport &report;
  const mil::ChosenSchemes *chosen = nullptr;             ///< for --size and --max-error
  const std::vector<mil::OutputError> *outputs = nullptr; ///< for --check
  bool hasData = false;                                   ///< what was chosen, was by what outputs lose
};

void printSummary(const CompressSummary &summary, bool json);

} // namespace milc
