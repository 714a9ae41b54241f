// Text for people.
//
// Names and metadata of a model may contain any characters, including terminal control sequences and marks that change the direction of
// text. Output for people shows such characters as escapes (`\x1b`); files and JSON contain them unchanged.
#pragma once

#include "llvm/Support/raw_ostream.h"
#include <string>

namespace mil {

/// `text` with tabs as blanks, and every byte of a character that isn't printable as \xHH: controls, line ends, marks of direction, broken
/// UTF-8.
std::string printable(llvm::StringRef text);

/// A number of bytes in decimal units, with one decimal: "999 B", "1.5 MB".
std::string formatBytes(uint64_t bytes);
/// A ratio of signal to error: "40.1 dB", or "exact" when there is no error.
std::string formatDecibels(double value);
/// A number formatted with a printf format such as "%.3g".
std::string formatted(const char *format, double value);

/// Forwards lines to a terminal and makes them printable. The last line is forwarded by `finish` or the destructor.
class TerminalStream : public llvm::raw_ostream {
public:
  explicit TerminalStream(llvm::raw_ostream &out) : out(out) { SetUnbuffered(); }
  ~TerminalStream() override { finish(); }
  /// Forwards the last line.
  void finish();

private:
  void write_impl(const char *bytes, size_t size) override;
  uint64_t current_pos() const override { return position; }

  llvm::raw_ostream &out;
  std::string line;
  uint64_t position = 0;
};

} // namespace mil
