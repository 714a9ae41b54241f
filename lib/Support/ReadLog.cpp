#include "mil/Support/ReadLog.h"
#include "llvm/Support/FileSystem.h"
#include <atomic>
#include <cassert>

namespace mil {

static std::atomic<ReadLog *> currentLog;
static std::atomic<unsigned> logPauses;

ReadLog::Pause::Pause() { ++logPauses; }
ReadLog::Pause::~Pause() { --logPauses; }

ReadLog::ReadLog(std::string destination) : destination(std::move(destination)) {
  assert(!currentLog && "there is a log already");
  currentLog = this;
}

ReadLog::~ReadLog() { currentLog = nullptr; }

std::vector<std::string> ReadLog::paths() const {
  std::lock_guard lock(mutex);
  return inOrder;
}

bool ReadLog::note(llvm::StringRef path) {
  ReadLog *log = currentLog;
  if (!log || logPauses != 0)
    return true;
  if (llvm::sys::fs::equivalent(path, log->destination))
    return false;
  std::lock_guard lock(log->mutex);
  if (log->known.insert(path).second)
    log->inOrder.push_back(path.str());
  return true;
}

} // namespace mil
