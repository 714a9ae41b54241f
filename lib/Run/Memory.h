// The memory of values: allocated from a pool, counted and limited.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Run/Executable.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// The number of bytes of a value of a type as it is held; 0 if unknown. Saturates, because types may declare any size.
uint64_t heldBytes(Type type, Precision precision);
/// The number of bytes of the results of a call: tensors whose shapes are known, and lists.
uint64_t resultBytes(const Args &call, llvm::ArrayRef<Type> results, Precision precision);
/// An upper bound of the memory that the reference evaluation of a call needs in addition to its results: some operations widen whole
/// arguments to double.
uint64_t referenceScratch(const Args &call, llvm::ArrayRef<Type> results);

/// Blocks of memory, aligned to 64 bytes, which are kept for later allocations of the same size. Used and kept blocks together take at most
/// the peak of used memory plus 64 MB; beyond that, all kept blocks are freed. Tensors keep the pool alive.
class MemoryPool : public std::enable_shared_from_this<MemoryPool> {
public:
  ~MemoryPool();
  /// Memory of at least `bytes` with undefined content; it returns to the pool when the last tensor that uses it is destroyed. Null if the
  /// system is out of memory.
  std::shared_ptr<uint8_t> take(uint64_t bytes);
  /// The number of bytes that are kept but not in use.
  uint64_t idle() const { return idleBytes; }
  /// Returns unused memory to the system.
  void trim();

private:
  void giveBack(uint8_t *memory, uint64_t bytes);
  llvm::DenseMap<uint64_t, std::vector<uint8_t *>> free; ///< by size
  uint64_t idleBytes = 0, usedBytes = 0, mostUsed = 0;
};

/// Counts the memory of live values; memory that several tensors share counts once.
class MemoryMeter {
public:
  explicit MemoryMeter(uint64_t limit) : limit(limit) {}
  void add(const RuntimeValue &value) { forEachPiece(value, 1); }
  void remove(const RuntimeValue &value) { forEachPiece(value, -1); }
  /// Whether `bytes` more bytes are within the limit.
  bool allows(uint64_t bytes) const { return bytes <= limit && live <= limit - bytes; }
  /// Counts temporary memory.
  void note(uint64_t extra) { peak = std::max(peak, live + extra); }
  uint64_t liveBytes() const { return live; }
  uint64_t peakBytes() const { return peak; }
  uint64_t limitBytes() const { return limit; }
  void resetPeak() { peak = live; }

private:
  void forEachPiece(const RuntimeValue &value, int change);
  void count(const Tensor &tensor, int change);
  void count(const void *owner, uint64_t bytes, int change);
  struct Piece {
    uint64_t bytes = 0;
    int64_t holders = 0;
  };
  llvm::DenseMap<const void *, Piece> pieces; ///< by their owner
  uint64_t live = 0, peak = 0, limit;
};

} // namespace mil
