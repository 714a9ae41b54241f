// Counts bytes and passes the count on, ten times a second at most.
#pragma once

#include "mil/Weights/BlobFile.h"
#include <chrono>

namespace mil {

class ProgressMeter {
public:
  void start(ProgressFn fn, uint64_t expected) { tell = std::move(fn), done = 0, total = expected, told = {}; }
  void add(uint64_t bytes) {
    done += bytes;
    if (!tell)
      return;
    auto now = std::chrono::steady_clock::now();
    if (now - told < std::chrono::milliseconds(100))
      return;
    told = now;
    tell(done, std::max(done, total));
  }
  /// The last word, whenever the one before was.
  void finish() {
    if (tell)
      tell(done, done);
  }

private:
  ProgressFn tell;
  uint64_t done = 0, total = 0;
  std::chrono::steady_clock::time_point told;
};

} // namespace mil
