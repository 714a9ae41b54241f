// Reports: JSON output of other commands with figures of operations, used for colouring.
//
// A report is any JSON in which objects have a name (the first existing one of "name", "value", "output" and "operation", because
// `operation` may be the type) and numbers:
//
//   {"operations": [{"name": "linear_0", "function": "main", "error": 0.01, "seconds": 2e-6}, …]}
//
// Every such object is a row, wherever it occurs; each key with a number is a measure. Numbers in nested objects are measures, too
// ("error.max"). The page ignores rows whose name doesn't occur in the model.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Support/Result.h"
#include <string>
#include <utility>
#include <vector>

namespace mil {

/// Figures of operations.
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

/// Reads a report. Fails (reported) if it isn't JSON, is too large or too deeply nested, or has no row.
Result<Report> readReport(llvm::StringRef path, DiagnosticEngine &diags);

} // namespace mil
