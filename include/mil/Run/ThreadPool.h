// The threads that kernels share.
//
// Results must not depend on how many there are. So a kernel cuts its work into parts by its shapes alone, never by `size()`, and no part
// adds to what another one made; then any number of threads, taking parts in any order, gives the same bits.
//
//   pool.parallel(rows, [&](size_t row) { … });
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstddef>
#include <memory>

namespace mil {

class ThreadPool {
public:
  /// 0: as many as the machine has processors. One thread starts none.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;

  /// The number of threads, the caller's included.
  unsigned size() const { return count; }
  /// Calls work(part) for each part from 0 to parts - 1, on all threads, the caller's included; returns when all are done. A call from
  /// within `work` does its parts one after the other. Handing out a part costs an atomic addition: make parts of some 10 µs or more.
  void parallel(size_t parts, llvm::function_ref<void(size_t part)> work);

private:
  struct Crew;
  unsigned count;
  std::unique_ptr<Crew> crew;
};

} // namespace mil
