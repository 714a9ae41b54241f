#include "mil/Run/ThreadPool.h"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

using namespace mil;

/// Whether this thread is doing a part already.
static thread_local bool working = false;

/// Jobs follow each other closely, and end at about the same time on all threads: waiting awake for some 50 µs spares the longer time of
/// being woken. Other threads can use the processor meanwhile.
template <typename Condition> static void stayAwakeUntil(Condition condition) {
  for (unsigned i = 0; i < 100 && !condition(); ++i)
    std::this_thread::yield();
}

struct ThreadPool::Crew {
  std::mutex mutex;
  std::condition_variable wake, done;
  std::vector<std::thread> threads;
  /// Neighbouring parts, which a thread does in order: they often read memory in order, which processors load ahead.
  struct alignas(64) Share {
    std::atomic<size_t> next = 0;
    size_t end = 0;
  };
  std::unique_ptr<Share[]> shares; ///< one a thread
  size_t count = 0;
  // One job at a time, written under the mutex but for `next` of the shares.
  llvm::function_ref<void(size_t)> work = [](size_t) {};
  std::atomic<size_t> round = 0, busy = 0;
  bool quit = false;

  explicit Crew(size_t count) : shares(std::make_unique<Share[]>(count)), count(count) {}

  void share(size_t parts) {
    for (size_t i = 0; i < count; ++i) {
      shares[i].next = parts / count * i + std::min(i, parts % count);
      shares[i].end = shares[i].next + parts / count + (i < parts % count);
    }
  }

  /// Does the thread's own share, then what is left of the others.
  void takeParts(size_t thread) {
    working = true;
    for (size_t i = 0; i < count; ++i) {
      Share &share = shares[(thread + i) % count];
      if (share.next < share.end)
        for (size_t part; (part = share.next.fetch_add(1)) < share.end;)
          work(part);
    }
    working = false;
  }

  void live(size_t thread) {
    std::unique_lock lock(mutex);
    for (size_t seen = 0;;) {
      lock.unlock();
      stayAwakeUntil([&] { return round != seen; });
      lock.lock();
      wake.wait(lock, [&] { return quit || round != seen; });
      if (quit)
        return;
      seen = round;
      lock.unlock();
      takeParts(thread);
      lock.lock();
      if (--busy == 0)
        done.notify_one();
    }
  }
};

/// The system refuses threads by the ten thousand, and more than processors don't help.
static constexpr unsigned mostThreads = 1024;

ThreadPool::ThreadPool(unsigned threads)
    : count(std::min(mostThreads, threads ? threads : std::max(1u, std::thread::hardware_concurrency()))) {
  if (count == 1)
    return;
  crew = std::make_unique<Crew>(count);
  for (unsigned i = 1; i < count; ++i)
    crew->threads.emplace_back([this, i] { crew->live(i); });
}

ThreadPool::~ThreadPool() {
  if (!crew)
    return;
  {
    std::lock_guard lock(crew->mutex);
    crew->quit = true;
  }
  crew->wake.notify_all();
  for (std::thread &thread : crew->threads)
    thread.join();
}

void ThreadPool::parallel(size_t parts, llvm::function_ref<void(size_t)> work) {
  if (!crew || working || parts < 2) {
    for (size_t part = 0; part < parts; ++part)
      work(part);
    return;
  }
  std::unique_lock lock(crew->mutex);
  crew->work = work;
  crew->share(parts);
  crew->busy = crew->threads.size();
  ++crew->round;
  lock.unlock();
  crew->wake.notify_all();
  crew->takeParts(0);
  stayAwakeUntil([&] { return crew->busy == 0; });
  lock.lock();
  crew->done.wait(lock, [&] { return crew->busy == 0; });
}
