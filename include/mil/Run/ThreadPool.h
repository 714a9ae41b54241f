// A thread pool for kernels.
//
// Results must not depend on the number of threads. So a kernel divides its work into parts by its shapes alone, never by `size()`, and no
// part adds to the result of another one; then the bits are the same for any number of threads and any order of the parts.
//
//   pool.parallel(rows, [&](size_t row) { … });
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstddef>
#include <memory>

namespace mil {

/// Threads that execute the parts of loops in parallel.
class ThreadPool {
public:
  /// 0: as many threads as the machine has processors. With one thread, all work is done by the caller.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;

  /// The number of threads, the caller's included.
  unsigned size() const { return count; }
  /// Calls work(part) for each part from 0 to parts - 1, on all threads including the caller's; returns when all are done. A nested call
  /// from within `work` runs its parts sequentially. Each part costs an atomic addition, so parts should take at least 10 µs. A thread runs
  /// neighbouring parts in order, so parts that follow each other in memory are read in order.
  void parallel(size_t parts, llvm::function_ref<void(size_t part)> work);

private:
  struct Crew;
  unsigned count;
  std::unique_ptr<Crew> crew;
};

} // namespace mil
