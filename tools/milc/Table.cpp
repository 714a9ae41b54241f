#include "Table.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/StringExtras.h"

namespace milc {

std::string formatFlops(double flops) {
  static const char *const units[] = {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"};
  size_t unit = 0;
  for (; flops >= 999.95 && unit + 1 < std::size(units); flops /= 1000)
    ++unit;
  return mil::formatted(unit ? "%.1f " : "%.0f ", flops) + units[unit];
}

std::string formatNumber(double value) { return mil::formatted("%.6g", value); }

std::string formatCount(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t i = text.size(); i > 3; i -= 3)
    text.insert(i - 3, ",");
  return text;
}

void Table::add(std::vector<std::string> row) {
  for (std::string &cell : row)
    cell = mil::printable(cell);
  rows.push_back(std::move(row));
}

void Table::print(llvm::raw_ostream &out, unsigned indent) const {
  std::vector<size_t> width;
  std::vector<bool> right;
  auto measure = [&](const std::vector<std::string> &row, bool isHeading) {
    width.resize(std::max(width.size(), row.size()));
    right.resize(width.size(), true);
    for (size_t c = 0; c < row.size(); ++c) {
      width[c] = std::max(width[c], row[c].size());
      if (!isHeading && (row[c].empty() || !llvm::isDigit(row[c][0])))
        right[c] = false;
    }
  };
  auto print = [&](const std::vector<std::string> &row) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      std::string padding(width[c] - row[c].size(), ' ');
      line += (c ? "  " : "") + (right[c] ? padding + row[c] : row[c] + padding);
    }
    out.indent(indent) << llvm::StringRef(line).rtrim(' ') << "\n";
  };
  measure(heading, true);
  for (const std::vector<std::string> &row : rows)
    measure(row, false);
  if (!heading.empty())
    print(heading);
  for (const std::vector<std::string> &row : rows)
    print(row);
}

} // namespace milc
