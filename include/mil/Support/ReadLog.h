// Records which files are read, for tools that list the inputs of an output.
#pragma once

#include "llvm/ADT/StringSet.h"
#include <mutex>
#include <string>
#include <vector>

namespace mil {

/// While a ReadLog exists, it records the paths of all regular files that this process opens for reading through mil/Support/Files.h. Only
/// one may exist at a time, and it must outlive the threads that read.
class ReadLog {
public:
  /// While a Pause exists, nothing is recorded; for reading outputs.
  class Pause {
  public:
    Pause();
    ~Pause();
    Pause(const Pause &) = delete;
  };

  /// `destination`: the file that the log will be written to. It can't be read while the log exists.
  explicit ReadLog(std::string destination);
  ~ReadLog();
  ReadLog(const ReadLog &) = delete;
  /// Each path once, as it was opened, in the order of first openings.
  std::vector<std::string> paths() const;
  /// Adds a path to the log, if there is one; false if it is the log's destination.
  static bool note(llvm::StringRef path);

private:
  const std::string destination;
  mutable std::mutex mutex;
  llvm::StringSet<> known;
  std::vector<std::string> inOrder;
};

} // namespace mil
