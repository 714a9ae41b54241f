#include "Broadcast.h"
#include "Elementwise.h"
#include <algorithm>

namespace mil::fast {

/// Adds an innermost dimension.
void Broadcast::add(int64_t size, int64_t stride) {
  if (size == 1)
    return;
  if (!dims.empty() && dims.back().stride == size * stride)
    dims.back() = {dims.back().size * size, stride};
  else
    dims.push_back({size, stride});
}

Broadcast::Broadcast(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) {
  llvm::SmallVector<int64_t, 6> strides(to.size(), 0);
  int64_t stride = 1;
  for (size_t i = 1; i <= from.size(); ++i) {
    int64_t size = from[from.size() - i];
    strides[to.size() - i] = size == 1 ? 0 : stride;
    stride *= size;
  }
  for (size_t i = 0; i < to.size(); ++i)
    add(to[i], strides[i]);
  if (dims.empty())
    dims.push_back({1, 1});
}

Broadcast Broadcast::alongAxis(size_t axis, llvm::ArrayRef<int64_t> to) {
  llvm::SmallVector<int64_t, 6> shape(to.size() - axis, 1);
  shape[0] = to[axis];
  return {shape, to};
}

void Broadcast::read(ConstFloats operand, int64_t at, int64_t count, float *out) const {
  if (isIdentity())
    return widenRun(operand.from(at), size_t(count), out);
  if (dims.size() == 2 && dims[1].stride == 0) { // a bias: mostly one element for all of a row
    int64_t row = at / dims[1].size;
    if (at + count <= (row + 1) * dims[1].size) {
      std::fill_n(out, count, visit(operand, [&](auto *floats) { return toFloat(floats[row % dims[0].size * dims[0].stride]); }));
      return;
    }
  }
  // Where the first element is, and then from run to run of the innermost dimension.
  llvm::SmallVector<int64_t, 4> index(dims.size(), 0);
  int64_t offset = 0, rest = at;
  for (size_t i = dims.size(); i-- > 0; rest /= dims[i].size) {
    index[i] = rest % dims[i].size;
    offset += index[i] * dims[i].stride;
  }
  const Dim &inner = dims.back();
  while (count > 0) {
    int64_t run = std::min(count, inner.size - index.back());
    if (inner.stride == 1)
      widenRun(operand.from(offset), size_t(run), out);
    else
      visit(operand, [&](auto *floats) {
        if (inner.stride == 0)
          return std::fill_n(out, run, toFloat(floats[offset])), void();
        for (int64_t i = 0; i < run; ++i)
          out[i] = toFloat(floats[offset + i * inner.stride]);
      });
    out += run;
    count -= run;
    offset -= index.back() * inner.stride;
    index.back() = 0;
    for (size_t i = dims.size() - 1; i-- > 0;) {
      offset += dims[i].stride;
      if (++index[i] < dims[i].size)
        break;
      offset -= dims[i].size * dims[i].stride;
      index[i] = 0;
    }
  }
}

const float *Broadcast::find(ConstFloats operand, int64_t total, int64_t at, int64_t count, float *buffer) const {
  if (isIdentity() && operand.format == Format::Single && at + int64_t(padded(size_t(count))) <= total)
    return static_cast<const float *>(operand.data) + at;
  read(operand, at, count, buffer);
  return buffer;
}

} // namespace mil::fast
