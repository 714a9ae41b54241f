#include "ZeroPattern.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

ZeroPattern::ZeroPattern(llvm::ArrayRef<int64_t> dims) {
  constexpr uint64_t longest = 16, mostSideBySide = 1 << 16;
  uint64_t inner = 1;
  for (size_t i = dims.size(); dims.size() >= 2 && i-- > 0 && inner <= mostSideBySide; inner *= uint64_t(dims[i]))
    for (uint64_t size = 2; size <= longest && 2 * size <= uint64_t(dims[i]); ++size)
      candidates.push_back({.dim = i, .size = size, .length = uint64_t(dims[i]), .inner = inner, .least = size, .zeros = {}});
}

bool ZeroPattern::Groups::add(llvm::ArrayRef<float> values) {
  zeros.resize(size_t(inner));
  for (float value : values) {
    uint8_t &count = zeros[size_t(column)];
    count += value == 0;
    bool isLast = at + 1 == length;
    if (isLast || at % size == size - 1) {
      uint64_t all = count + size - 1 - at % size;
      if (all == 0)
        return false;
      least = std::min(least, all);
      complete += size, allZeros += all;
      count = 0;
    }
    if (++column == inner) {
      column = 0;
      at = isLast ? 0 : at + 1;
    }
  }
  return true;
}

void ZeroPattern::add(llvm::ArrayRef<float> values) {
  // Elsewhere in the weight there may be fewer zeros that aren't of the pattern.
  llvm::erase_if(candidates, [&](Groups &groups) { return !groups.add(values) || !groups.explains(0.75); });
}

std::string ZeroPattern::text() const {
  const Groups *best = nullptr;
  for (const Groups &groups : candidates)
    if (groups.complete && groups.least < groups.size && groups.explains(0.95) && (!best || groups.size < best->size))
      best = &groups;
  return best ? std::to_string(best->least) + ":" + std::to_string(best->size) + " along dimension " + std::to_string(best->dim) : "";
}
