// Which files were read: for tools that say what an output was made of.
#pragma once

#include "llvm/ADT/StringSet.h"
#include <mutex>
#include <string>
#include <vector>

namespace mil {

/// While one exists, the paths of all regular files that this process opens for reading through mil/Support/Files.h are remembered. There
/// is one at a time, and it ends after the threads that read.
class ReadLog {
public:
  /// While one exists, nothing is logged: for reading outputs.
  class Pause {
  public:
    Pause();
    ~Pause();
    Pause(const Pause &) = delete;
  };

  /// The log will be written to `destination`, a file that can't be read then.
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
