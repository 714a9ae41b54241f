#include "mil/Tensor/Loops.h"

using namespace mil;

static thread_local LoopThreads *loopThreads = nullptr;

LoopThreads::LoopThreads(Divide divide) : divide(std::move(divide)), outer(loopThreads) { loopThreads = this; }
LoopThreads::~LoopThreads() { loopThreads = outer; }

void mil::forEachPart(size_t parts, llvm::function_ref<void(size_t)> work) {
  if (loopThreads && parts > 1)
    return loopThreads->divide(parts, work);
  for (size_t part = 0; part < parts; ++part)
    work(part);
}
