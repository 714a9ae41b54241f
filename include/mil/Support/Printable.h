// Text for people.
//
// A model's names and metadata may hold anything: what makes a terminal change colours or its title, what overwrites a line or turns the
// order of its characters around. What people read shows such characters as escapes (`\x1b`); files and JSON hold them as they are.
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
/// One number by a format of printf, "%.3g" and the like.
std::string formatted(const char *format, double value);

/// Passes lines on to a terminal, printable. The last line comes with `finish` or the end of the stream.
class TerminalStream : public llvm::raw_ostream {
public:
  explicit TerminalStream(llvm::raw_ostream &out) : out(out) { SetUnbuffered(); }
  ~TerminalStream() override { finish(); }
  void finish();

private:
  void write_impl(const char *bytes, size_t size) override;
  uint64_t current_pos() const override { return position; }

  llvm::raw_ostream &out;
  std::string line;
  uint64_t position = 0;
};

} // namespace mil
