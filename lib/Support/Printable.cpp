#include "mil/Support/Printable.h"
#include "llvm/Support/Format.h"
#include <cmath>

std::string mil::formatted(const char *format, double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(format, value);
  return text;
}

std::string mil::formatBytes(uint64_t bytes) {
  if (bytes < 1000)
    return std::to_string(bytes) + " B";
  static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = double(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.95; value /= 1000)
    ++unit;
  return formatted("%.1f ", value) + units[unit];
}

std::string mil::formatDecibels(double value) { return std::isinf(value) && value > 0 ? "exact" : formatted("%.1f dB", value); }
