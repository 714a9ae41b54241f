// Dividing the loops of kernels among threads.
//
// The kernels of Kernels.h divide their loops into parts by shapes alone, and no part uses what another one computes. Usually the parts are
// computed one after the other; a program with a thread pool can compute them at the same time:
//
//   LoopThreads threads([&](size_t parts, llvm::function_ref<void(size_t)> work) { pool.parallel(parts, work); });
//   Tensor y = map(x, f);       // f is called by all threads of the pool
//
// The results have the same bits.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstddef>
#include <functional>

namespace mil {

/// While an object of this class exists, the thread that made it passes the parts of its loops to `divide`. Objects may be nested; the last
/// one is used.
class LoopThreads {
public:
  /// Calls work(part) for each part from 0 to parts - 1, on any threads and in any order, and returns when all are done.
  using Divide = std::function<void(size_t parts, llvm::function_ref<void(size_t part)> work)>;
  explicit LoopThreads(Divide divide);
  ~LoopThreads();
  LoopThreads(const LoopThreads &) = delete;

private:
  friend void forEachPart(size_t parts, llvm::function_ref<void(size_t part)> work);
  Divide divide;
  LoopThreads *outer;
};

/// Calls work(part) for each part from 0 to parts - 1: by the LoopThreads of this thread, or in order if there is none. `work` must not
/// depend on the order.
void forEachPart(size_t parts, llvm::function_ref<void(size_t part)> work);

} // namespace mil
