// Tables and numbers in the text output of commands.
#pragma once

#include "mil/Support/Printable.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace milc {

using mil::formatBytes;
/// A number with separators: "1,234,567".
std::string formatCount(uint64_t count);

/// A number of floating-point operations: "1.5 GFLOP".
std::string formatFlops(double flops);

/// Six significant digits: "0.123457", "1e-07".
std::string formatNumber(double value);

/// Rows of columns, aligned when printed.
class Table {
public:
  /// A table with a line of headings, or without one.
  explicit Table(std::vector<std::string> heading = {}) : heading(std::move(heading)) {}
  /// Adds a row. Its cells are made printable (mil/Support/Printable.h).
  void add(std::vector<std::string> row);
  /// Prints the table. Columns are separated by two spaces; columns that only contain numbers or sizes are right-aligned.
  void print(llvm::raw_ostream &out, unsigned indent = 2) const;

private:
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;
};

} // namespace milc
