// The memory of values: taken from a pool, counted, limited.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Run/Executable.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// Bytes that a value of a type takes as it is held; 0 when they can't be known. Saturates: types claim any size.
uint64_t heldBytes(Type type, Precision precision);
/// Bytes that a call's results take: tensors whose shapes are known, and lists.
uint64_t resultBytes(const Args &call, llvm::ArrayRef<Type> results, Precision precision);
/// An upper bound of what the reference evaluation of a call takes besides its results: some widen whole arguments to double.
uint64_t referenceScratch(const Args &call, llvm::ArrayRef<Type> results);

/// Blocks of memory at 64 bytes, kept for later ones of the same size: no more of them than what was in use at most, and 64 MB. Tensors
/// keep the pool alive.
class MemoryPool : public std::enable_shared_from_this<MemoryPool> {
public:
  ~MemoryPool();
  /// Memory of at least `bytes`, of any content; it comes back when the last tensor on it goes. Null when the system has none.
  std::shared_ptr<uint8_t> take(uint64_t bytes);
  /// Bytes that are kept but not in use.
  uint64_t idle() const { return idleBytes; }
  /// Gives back to the system what is not in use.
  void trim();

private:
  void giveBack(uint8_t *memory, uint64_t bytes);
  llvm::DenseMap<uint64_t, std::vector<uint8_t *>> free; ///< by size
  uint64_t idleBytes = 0, usedBytes = 0, mostUsed = 0;
};

/// Counts the memory of the values that are alive, each piece once however many tensors share it.
class MemoryMeter {
public:
  explicit MemoryMeter(uint64_t limit) : limit(limit) {}
  void add(const RuntimeValue &value) { forEachPiece(value, 1); }
  void remove(const RuntimeValue &value) { forEachPiece(value, -1); }
  /// Whether so many bytes more are within the limit.
  bool allows(uint64_t bytes) const { return bytes <= limit && live <= limit - bytes; }
  /// Counts memory that is needed for a moment.
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
  llvm::DenseMap<const void *, Piece> pieces; ///< by what owns them
  uint64_t live = 0, peak = 0, limit;
};

} // namespace mil
