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
  // One job at a time, written under the mutex but for `next`.
  llvm::function_ref<void(size_t)> work = [](size_t) {};
  size_t parts = 0;
  std::atomic<size_t> next = 0, round = 0, busy = 0;
  bool quit = false;

  void takeParts() {
    working = true;
    for (size_t part; (part = next.fetch_add(1)) < parts;)
      work(part);
    working = false;
  }

  void live() {
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
      takeParts();
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
  crew = std::make_unique<Crew>();
  for (unsigned i = 1; i < count; ++i)
    crew->threads.emplace_back([this] { crew->live(); });
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
  crew->parts = parts;
  crew->next = 0;
  crew->busy = crew->threads.size();
  ++crew->round;
  lock.unlock();
  crew->wake.notify_all();
  crew->takeParts();
  stayAwakeUntil([&] { return crew->busy == 0; });
  lock.lock();
  crew->done.wait(lock, [&] { return crew->busy == 0; });
}
