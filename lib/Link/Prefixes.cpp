#include "Prefixes.h"
#include "mil/Pass/StreamedConstants.h"

namespace mil {

static bool sameBytes(const Literal &one, uint64_t at, const Literal &two, uint64_t there, uint64_t size) {
  constexpr uint64_t window = 1 << 20;
  std::vector<uint8_t> a, b;
  for (uint64_t done = 0; done < size; done += a.size()) {
    a.resize(size_t(std::min(window, size - done)));
    b.resize(a.size());
    if (!readBytes(one, at + done, a) || !readBytes(two, there + done, b) || a != b)
      return false;
  }
  return true;
}

bool isPrefix(const Literal &small, const Literal &large) {
  Type type = small.type(), all = large.type();
  unsigned bits = bitWidth(type.dtype());
  if (!type.hasStaticShape() || !all.hasStaticShape() || type.rank() != all.rank() || bits < 8)
    return false;
  // Up to the last dimension that differs, elements lie together.
  size_t split = 0;
  uint64_t run = bits / 8, largeRun = run;
  for (size_t axis = 0; axis < type.rank(); ++axis) {
    if (type.dims()[axis] > all.dims()[axis])
      return false;
    if (type.dims()[axis] != all.dims()[axis])
      split = axis;
  }
  for (size_t axis = split; axis < type.rank(); ++axis)
    run *= uint64_t(type.dims()[axis]), largeRun *= uint64_t(all.dims()[axis]);
  llvm::ArrayRef<int64_t> outer = type.dims().take_front(split);
  llvm::SmallVector<int64_t, 6> index(split, 0);
  if (*type.elementCount() == 0)
    return true;
  for (uint64_t at = 0;; at += run) {
    uint64_t row = 0;
    for (size_t axis = 0; axis < split; ++axis)
      row = row * uint64_t(all.dims()[axis]) + uint64_t(index[axis]);
    if (!sameBytes(small, at, large, row * largeRun, run))
      return false;
    size_t axis = split;
    while (axis > 0 && ++index[axis - 1] == outer[axis - 1])
      index[--axis] = 0;
    if (axis == 0)
      return true;
  }
}

} // namespace mil
