// A growing array in a bump allocator: 16 bytes, no destructor. Outgrown storage is freed with the arena.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Allocator.h"
#include <algorithm>
#include <cassert>
#include <cstdint>

namespace mil {

/// A growing array of trivially copyable elements in an arena. Functions that may allocate take the arena as their first argument.
template <typename T> class ArenaVector {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  T *begin() { return items; }
  T *end() { return items + used; }
  const T *begin() const { return items; }
  const T *end() const { return items + used; }
  size_t size() const { return used; }
  bool empty() const { return used == 0; }
  T &operator[](size_t i) { return assert(i < used), items[i]; }
  const T &operator[](size_t i) const { return assert(i < used), items[i]; }
  operator llvm::ArrayRef<T>() const { return {items, used}; }
  operator llvm::MutableArrayRef<T>() { return {items, used}; }

  void insert(llvm::BumpPtrAllocator &arena, size_t at, T value) {
    assert(at <= used);
    if (used == room)
      reserve(arena, room ? room * 2 : 2);
    std::copy_backward(items + at, items + used, items + used + 1);
    items[at] = value;
    ++used;
  }
  void push_back(llvm::BumpPtrAllocator &arena, T value) { insert(arena, used, value); }
  void erase(size_t at) {
    std::copy(items + at + 1, items + used, items + at);
    --used;
  }
  void clear() { used = 0; }
  void reserve(llvm::BumpPtrAllocator &arena, size_t capacity) {
    if (capacity <= room)
      return;
    T *grown = arena.Allocate<T>(capacity);
    std::copy(items, items + used, grown);
    items = grown;
    room = uint32_t(capacity);
  }

private:
  T *items = nullptr;
  uint32_t used = 0, room = 0;
};

} // namespace mil
