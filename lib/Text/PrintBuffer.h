// What the printer appends to: a buffer that is written out in large pieces.
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
  /// For functions that append by themselves.
  llvm::SmallVectorImpl<char> &raw() { return bytes; }
  /// To be called now and then; writes when enough has come together.
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
