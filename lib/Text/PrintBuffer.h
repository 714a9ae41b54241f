// The output buffer of the printer, which is written in large pieces.
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <charconv>

namespace mil::text {

class PrintBuffer {
public:
  explicit PrintBuffer(llvm::raw_ostream &out) : out(out) { bytes.reserve(flushAt + 4096); }
  ~PrintBuffer() { flush(); }
  PrintBuffer(const PrintBuffer &) = delete;

  PrintBuffer &operator<<(llvm::StringRef text) {
    bytes.append(text.begin(), text.end());
    return *this;
  }
  PrintBuffer &operator<<(char c) {
    bytes.push_back(c);
    return *this;
  }
  template <typename Integer> void integer(Integer value) {
    char digits[24];
    auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    bytes.append(digits, end);
  }
  void blanks(size_t count) { bytes.append(count, ' '); }
  /// The buffer itself, for functions that append to a vector.
  llvm::SmallVectorImpl<char> &raw() { return bytes; }
  /// Writes the buffer if it contains enough. Must be called regularly.
  void flushIfFull() {
    if (bytes.size() >= flushAt)
      flush();
  }

private:
  void flush() {
    out.write(bytes.data(), bytes.size());
    bytes.clear();
  }
  static constexpr size_t flushAt = size_t(1) << 16;
  llvm::raw_ostream &out;
  llvm::SmallVector<char, 0> bytes;
};

} // namespace mil::text
