// A set of element types, in one word.
#pragma once

#include "mil/IR/DType.h"
#include <initializer_list>
#include <string>

namespace mil {

/// A set of element types.
class DTypeSet {
public:
  constexpr DTypeSet() = default;
  constexpr DTypeSet(DType type) : bits(uint64_t(1) << unsigned(type)) {}
  constexpr DTypeSet(std::initializer_list<DTypeSet> sets) {
    for (DTypeSet set : sets)
      bits |= set.bits;
  }
  constexpr bool contains(DType type) const { return bits >> unsigned(type) & 1; }
  constexpr bool empty() const { return bits == 0; }
  constexpr DTypeSet operator|(DTypeSet other) const { return {*this, other}; }
  constexpr bool operator==(const DTypeSet &) const = default;
  /// Calls `visit` with every type, in the order of their numbers (floats first).
  template <typename F> void forEach(F &&visit) const {
    for (unsigned i = 0; i < 64; ++i)
      if (bits >> i & 1)
        visit(DType(i));
  }
  /// "fp16, fp32".
  std::string str() const;

private:
  uint64_t bits = 0;
};

} // namespace mil
