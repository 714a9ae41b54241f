// Tables and sizes as commands print them for people.
#pragma once

#include "mil/Support/Printable.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace milc {

using mil::formatBytes;
/// "1,234,567".
std::string formatCount(uint64_t count);

/// "1.5 GFLOP", of floating-point operations.
std::string formatFlops(double flops);

/// "0.123457", "1e-07": six digits.
std::string formatNumber(double value);

/// Rows of columns, aligned when printed.
class Table {
public:
  /// A table with a line of headings, or without.
  explicit Table(std::vector<std::string> heading = {}) : heading(std::move(heading)) {}
  /// Cells are made printable (mil/Support/Printable.h).
  void add(std::vector<std::string> row);
  /// Columns are two blanks apart; those whose cells are all numbers or sizes are aligned to the right.
  void print(llvm::raw_ostream &out, unsigned indent = 2) const;

private:
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;
};

} // namespace milc
