#include "mil/Support/ReadLog.h"
#include <atomic>
#include <cassert>

namespace mil {

static std::atomic<ReadLog *> currentLog;

ReadLog::ReadLog() {
  assert(!currentLog && "there is a log already");
  currentLog = this;
}

ReadLog::~ReadLog() { currentLog = nullptr; }

std::vector<std::string> ReadLog::paths() const {
  std::lock_guard lock(mutex);
  return inOrder;
}

void ReadLog::note(llvm::StringRef path) {
  ReadLog *log = currentLog;
  if (!log)
    return;
  std::lock_guard lock(log->mutex);
  if (log->known.insert(path).second)
    log->inOrder.push_back(path.str());
}

} // namespace mil
