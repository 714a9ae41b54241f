// Reports: figures of operations, as other commands write them as JSON, for colours.
//
// A report is any JSON in which objects have a name ("name", "value", "output" or "operation": the first of these that is there, since
// `operation` may be a type beside a name) and numbers:
//
//   {"operations": [{"name": "linear_0", "function": "main", "error": 0.01, "seconds": 2e-6}, …]}
//
// Every such object is a row, whatever is around it; each key with a number is a measure. Numbers in objects within are measures, too
// ("error.max"). What has a name that no model has is ignored by the page.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Support/Result.h"
#include <string>
#include <utility>
#include <vector>

namespace mil {

struct Report {
  std::string title;
  std::vector<std::string> measures; ///< in the order of their first use
  struct Row {
    std::string function; ///< empty: any
    std::string name;
    std::vector<std::pair<uint32_t, double>> values; ///< by the number of the measure
  };
  std::vector<Row> rows;
};

/// Reads a report. Fails, reported, on what is no JSON, is too large or too deep, or has no row.
Result<Report> readReport(llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
