// The output of `milc compress`: tables, or one JSON document.
#pragma once

#include "mil/Compress/Compress.h"

namespace milc {

/// The results of compressing, as far as they exist.
struct CompressSummary {
  const mil::CompressionReport &report;
  const mil::ChosenSchemes *chosen = nullptr;             ///< for --size and --max-error
  const std::vector<mil::OutputError> *outputs = nullptr; ///< for --check
  bool hasData = false;                                   ///< schemes were chosen by their effect on the outputs
};

void printSummary(const CompressSummary &summary, bool json);

} // namespace milc
