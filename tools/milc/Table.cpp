#include "Table.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

namespace milc {

std::string formatBytes(uint64_t bytes) {
  if (bytes < 1000)
    return std::to_string(bytes) + " B";
  static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = double(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.95; value /= 1000)
    ++unit;
  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::format("%.1f ", value) << units[unit];
  return text;
}

std::string formatCount(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t i = text.size(); i > 3; i -= 3)
    text.insert(i - 3, ",");
  return text;
}

void Table::print(llvm::raw_ostream &out, unsigned indent) const {
  size_t columns = rows[0].size();
  std::vector<size_t> width(columns);
  std::vector<bool> right(columns, true);
  for (size_t r = 0; r < rows.size(); ++r)
    for (size_t c = 0; c < columns; ++c) {
      llvm::StringRef cell = rows[r][c];
      width[c] = std::max(width[c], cell.size());
      if (r > 0 && (cell.empty() || !llvm::isDigit(cell[0])))
        right[c] = false;
    }
  for (const std::vector<std::string> &row : rows) {
    std::string line(indent, ' ');
    for (size_t c = 0; c < columns; ++c) {
      std::string padding(width[c] - row[c].size(), ' ');
      line += (c ? "  " : "") + (right[c] ? padding + row[c] : row[c] + padding);
    }
    out << llvm::StringRef(line).rtrim(' ') << "\n";
  }
}

} // namespace milc
