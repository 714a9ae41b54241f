// Counts bytes and reports the count, at most ten times per second.
#pragma once

#include "mil/Weights/BlobFile.h"
#include <chrono>

namespace mil {

class ProgressMeter {
public:
  void start(ProgressFn fn, uint64_t expected) { report = std::move(fn), done = 0, total = expected, lastReport = {}; }
  void add(uint64_t bytes) {
    done += bytes;
    if (!report)
      return;
    auto now = std::chrono::steady_clock::now();
    if (now - lastReport < std::chrono::milliseconds(100))
      return;
    lastReport = now;
    report(done, std::max(done, total));
  }
  /// Reports the end, no matter how recent the last report was.
  void finish() {
    if (report)
      report(done, done);
  }

private:
  ProgressFn report;
  uint64_t done = 0, total = 0;
  std::chrono::steady_clock::time_point lastReport;
};

} // namespace mil
