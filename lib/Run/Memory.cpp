#include "Memory.h"
#include <cstdlib>

using namespace mil;

static constexpr uint64_t alignment = 64;

MemoryPool::~MemoryPool() { trim(); }

void MemoryPool::trim() {
  for (auto &[size, blocks] : free)
    for (uint8_t *block : blocks)
      std::free(block);
  free.clear();
  idleBytes = 0;
}

std::shared_ptr<uint8_t> MemoryPool::take(uint64_t bytes) {
  if (bytes > UINT64_MAX - alignment)
    return nullptr;
  uint64_t size = std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  std::vector<uint8_t *> &blocks = free[size];
  uint8_t *memory;
  if (!blocks.empty()) {
    memory = blocks.back();
    blocks.pop_back();
    idleBytes -= size;
  } else {
    memory = static_cast<uint8_t *>(std::aligned_alloc(alignment, size));
  }
  if (!memory)
    return nullptr;
  return {memory, [pool = shared_from_this(), size](uint8_t *block) { pool->giveBack(block, size); }};
}

void MemoryPool::giveBack(uint8_t *memory, uint64_t bytes) {
  free[bytes].push_back(memory);
  idleBytes += bytes;
}

void MemoryMeter::count(const Tensor &tensor, int change) {
  if (!tensor.isInMemory())
    return;
  auto [at, isNew] = pieces.try_emplace(tensor.memoryOwner());
  Piece &piece = at->second;
  if (isNew)
    live += piece.bytes = tensor.byteCount();
  piece.holders += change;
  if (piece.holders <= 0) {
    live -= piece.bytes;
    pieces.erase(at);
  }
  peak = std::max(peak, live);
}

void MemoryMeter::forEachPiece(const RuntimeValue &value, int change) {
  if (const Tensor *tensor = value.tensor())
    count(*tensor, change);
  else if (const TensorList *list = value.list())
    for (const std::optional<Tensor> &element : list->elements)
      if (element)
        count(*element, change);
}
