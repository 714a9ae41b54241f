#include "Memory.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

using namespace mil;

// ---- Sizes ------------------------------------------------------------------

uint64_t mil::memoryLimit(const RunOptions &options) {
  if (options.maxMemory)
    return options.maxMemory;
  long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? uint64_t(pages) * uint64_t(size) / 2 : UINT64_MAX;
}

static uint64_t elementCountOf(Type type) {
  if (!type.isTensor() || !type.hasStaticShape())
    return 0;
  uint64_t count = 1;
  for (int64_t dim : type.dims())
    count = llvm::SaturatingMultiply(count, uint64_t(dim));
  return count;
}

uint64_t mil::heldBytes(Type type, Precision precision) {
  return llvm::SaturatingMultiply(elementCountOf(type),
                                  uint64_t(type.isTensor() ? std::max(1u, bitWidth(heldType(type.dtype(), precision)) / 8) : 0));
}

/// How many elements a list that a call makes can have: as many as one that it is given, and more where that grows with an index.
static uint64_t listLength(const Args &call) {
  uint64_t length = 0;
  bool grows = false;
  for (const Arg::Bound &bound : call.bindings())
    if (const TensorList *list = bound.held ? bound.held->list() : nullptr) {
      length = std::max<uint64_t>(length, list->elements.size());
      grows |= list->grows;
    }
  auto take = [&](int64_t last) { length = last < 0 ? length : std::max(length, uint64_t(last) + 1); };
  if (call.version().parameter("init_length"))
    take(call.integer("init_length").value_or(0) - 1);
  if (grows && call.version().parameter("index"))
    take(call.integer("index").value_or(0));
  std::optional<Tensor> indices = grows && call.version().parameter("indices") ? call.tensor("indices") : std::nullopt;
  for (int64_t i = 0; indices && i < indices->count(); ++i)
    take(indices->integer(i));
  return length;
}

uint64_t mil::resultBytes(const Args &call, llvm::ArrayRef<Type> results, Precision precision) {
  uint64_t bytes = 0;
  for (Type type : results)
    bytes = llvm::SaturatingAdd(
        bytes, type.isList() ? llvm::SaturatingAdd(heldBytes(type.element(), precision),
                                                   llvm::SaturatingMultiply(listLength(call), uint64_t(sizeof(std::optional<Tensor>))))
                             : heldBytes(type, precision));
  return bytes;
}

uint64_t mil::referenceScratch(const Args &call, llvm::ArrayRef<Type> results) {
  static const llvm::StringSet<> widening{
      "conv", "conv_transpose", "conv_quantized", "linear", "matmul", "einsum", "lstm", "gru", "rnn", "scaled_dot_product_attention"};
  if (!widening.contains(call.version().op))
    return 0;
  uint64_t elements = 0;
  for (const Arg::Bound &bound : call.bindings())
    elements = llvm::SaturatingAdd(elements, elementCountOf(bound.type));
  for (Type type : results)
    elements = llvm::SaturatingAdd(elements, elementCountOf(type));
  if (call.version().op == "scaled_dot_product_attention") { // the scores
    uint64_t scores = uint64_t(std::max<int64_t>(call["key"].dim(-2), 0));
    for (int64_t dim : results[0].dims().drop_back())
      scores = llvm::SaturatingMultiply(scores, uint64_t(std::max<int64_t>(dim, 0)));
    elements = llvm::SaturatingAdd(elements, llvm::SaturatingMultiply(scores, uint64_t(2)));
  }
  return llvm::SaturatingMultiply(elements, uint64_t(2 * sizeof(double)));
}

// ---- Memory -----------------------------------------------------------------

static constexpr uint64_t alignment = 64, slack = 64 << 20;

/// Large pages are filled by the system and found by the processor faster.
static void useHugePages([[maybe_unused]] uint8_t *memory, [[maybe_unused]] uint64_t size) {
#ifdef MADV_HUGEPAGE
  constexpr uint64_t large = 1 << 20;
  if (!memory || size < large)
    return;
  static const uint64_t page = uint64_t(::sysconf(_SC_PAGESIZE));
  uint64_t lead = -reinterpret_cast<uintptr_t>(memory) % page;
  (void)::madvise(memory + lead, (size - lead) / page * page, MADV_HUGEPAGE);
#endif
}

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
  mostUsed = std::max(mostUsed, usedBytes + size);
  if (blocks.empty() && usedBytes + size + idleBytes > mostUsed + slack) {
    trim(); // a program of changing sizes leaves blocks that nothing will fit
    return take(bytes);
  }
  if (!blocks.empty()) {
    memory = blocks.back();
    blocks.pop_back();
    idleBytes -= size;
  } else {
    memory = static_cast<uint8_t *>(std::aligned_alloc(alignment, size));
    useHugePages(memory, size);
  }
  if (!memory)
    return nullptr;
  usedBytes += size;
  return {memory, [pool = shared_from_this(), size](uint8_t *block) { pool->giveBack(block, size); }};
}

void MemoryPool::giveBack(uint8_t *memory, uint64_t bytes) {
  free[bytes].push_back(memory);
  idleBytes += bytes, usedBytes -= bytes;
}

void MemoryMeter::count(const Tensor &tensor, int change) {
  if (tensor.isInMemory())
    count(tensor.memoryOwner(), tensor.byteCount(), change);
}

void MemoryMeter::count(const void *owner, uint64_t bytes, int change) {
  auto [at, isNew] = pieces.try_emplace(owner);
  Piece &piece = at->second;
  if (isNew)
    live += piece.bytes = bytes;
  piece.holders += change;
  if (piece.holders <= 0) {
    live -= piece.bytes;
    pieces.erase(at);
  }
  peak = std::max(peak, live);
}

void MemoryMeter::forEachPiece(const RuntimeValue &value, int change) {
  if (const Tensor *tensor = value.tensor())
    return count(*tensor, change);
  const TensorList *list = value.list();
  if (!list)
    return;
  count(list, list->elements.size() * sizeof(std::optional<Tensor>), change);
  for (const std::optional<Tensor> &element : list->elements)
    if (element)
      count(*element, change);
}
