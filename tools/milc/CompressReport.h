// The output of `milc compress`: tables, or one JSON document.
#pragma once

#include "mil/Compress/Compress.h"

namespace milc {

/// The results of a compression; parts that were not computed are null.
struct CompressSummary {
  const mil::CompressionReport &report;
  const mil::ChosenSchemes *chosen = nullptr;             ///< for --size and --max-error
  const std::vector<mil::OutputError> *outputs = nullptr; ///< for --check
  bool hasData = false;                                   ///< the schemes were chosen by the error of outputs
};

void printSummary(const CompressSummary &summary, bool json);

} // namespace milc
