// Instantiates code that moves elements without interpreting them for each size that an element can have in memory.
//
//     withElementOfSize(tensor.elementSize(), [&](auto element) { copyAs<decltype(element)>(tensor); });
#pragma once

#include <cstdint>

namespace mil {

/// Calls `visit` with an unsigned integer of `bytes` bytes: 1, 2, 4 or 8. Only its type matters.
template <typename F> decltype(auto) withElementOfSize(unsigned bytes, F visit) {
  switch (bytes) {
  case 1:
    return visit(uint8_t());
  case 2:
    return visit(uint16_t());
  case 4:
    return visit(uint32_t());
  default:
    return visit(uint64_t());
  }
}

} // namespace mil
