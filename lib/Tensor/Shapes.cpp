#include "mil/Tensor/Shapes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

namespace mil::shapes {

bool allKnown(llvm::ArrayRef<int64_t> dims) { return !llvm::is_contained(dims, unknown); }

std::optional<int64_t> add(int64_t a, int64_t b) {
  if (a == unknown || b == unknown)
    return unknown;
  int64_t sum;
  return llvm::AddOverflow(a, b, sum) ? std::nullopt : std::optional(sum);
}

std::optional<int64_t> multiply(int64_t a, int64_t b) {
  if (a == unknown || b == unknown)
    return unknown;
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? std::nullopt : std::optional(result);
}

std::optional<int64_t> product(llvm::ArrayRef<int64_t> dims) {
  if (llvm::is_contained(dims, 0))
    return 0;
  int64_t known = 1;
  for (int64_t dim : dims)
    if (dim != unknown && llvm::MulOverflow(known, dim, known))
      return std::nullopt;
  return allKnown(dims) ? known : unknown;
}

bool compatible(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  if (a.size() != b.size())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!compatible(a[i], b[i]))
      return false;
  return true;
}

std::optional<Dims> broadcast(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Dims result(a);
  size_t shift = a.size() - b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &dim = result[shift + i];
    if (dim == b[i] || b[i] == 1)
      continue;
    if (dim == 1 || dim == unknown)
      dim = b[i];
    else if (b[i] != unknown)
      return std::nullopt;
  }
  return result;
}

std::optional<int64_t> normalizeAxis(int64_t axis, size_t rank) {
  if (axis < -int64_t(rank) || axis >= int64_t(rank))
    return std::nullopt;
  return axis < 0 ? axis + int64_t(rank) : axis;
}

// ---- Windows ----------------------------------------------------------------

std::optional<int64_t> Window::extent() const {
  std::optional<int64_t> span = multiply(size - 1, dilation);
  return span ? add(*span, 1) : std::nullopt;
}

std::optional<Padding> paddingFromName(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<Padding>>(name)
      .Case("valid", Padding::Valid)
      .Case("custom", Padding::Custom)
      .Case("same", Padding::Same)
      .Case("same_lower", Padding::SameLower)
      .Default(std::nullopt);
}

std::optional<Window> padded(Window window, Padding padding, int64_t in) {
  if (padding == Padding::Custom)
    return window;
  window.padBefore = window.padAfter = 0;
  if (padding == Padding::Valid)
    return window;
  std::optional<int64_t> extent = window.extent(), covered = multiply(ceilDiv(in, window.stride), window.stride);
  if (!extent || !covered)
    return std::nullopt;
  // covered - in + extent - stride, in an order that can't overflow: covered - in is less than a stride.
  int64_t total = std::max<int64_t>(0, *extent - (window.stride - (*covered - in)));
  window.padBefore = window.padAfter = total / 2;
  (padding == Padding::Same ? window.padAfter : window.padBefore) += total % 2;
  return window;
}

/// in + pads - extent, which is negative when the window doesn't fit; nullopt on overflow.
static std::optional<int64_t> room(int64_t in, const Window &window) {
  std::optional<int64_t> extent = window.extent(), pads = add(window.padBefore, window.padAfter);
  std::optional<int64_t> available = pads ? add(in, *pads) : std::nullopt;
  return extent && available ? std::optional(*available - *extent) : std::nullopt;
}

std::optional<int64_t> windowPositions(int64_t in, const Window &window) {
  if (in == unknown)
    return unknown;
  std::optional<int64_t> free = room(in, window);
  if (!free || *free < 0)
    return std::nullopt;
  return *free / window.stride + 1;
}

std::optional<int64_t> windowPositionsCeil(int64_t in, const Window &window) {
  if (in == unknown)
    return unknown;
  std::optional<int64_t> free = room(in, window);
  if (!free || *free < 0)
    return std::nullopt;
  int64_t positions = ceilDiv(*free, window.stride) + 1;
  int64_t pads = window.padBefore + window.padAfter;
  std::optional<int64_t> last = multiply(positions - 1, window.stride), limit = add(in, pads / 2);
  if (!last || !limit)
    return std::nullopt;
  return pads > 0 && *last >= *limit ? positions - 1 : positions;
}

std::optional<int64_t> transposedWindowSize(int64_t in, const Window &window) {
  if (in == unknown)
    return unknown;
  std::optional<int64_t> steps = multiply(in - 1, window.stride), extent = window.extent(), pads = add(window.padBefore, window.padAfter);
  std::optional<int64_t> full = steps && extent ? add(*steps, *extent) : std::nullopt;
  if (!full || !pads || *full - *pads < 1)
    return std::nullopt;
  return *full - *pads;
}

// ---- Reshape, slice ---------------------------------------------------------

/// A reshape's shape with its zeros replaced by the sizes that they copy; nullopt if there is nothing to copy, or for a size below -1.
static std::optional<Dims> withZerosCopied(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> shape, ReshapeZero zero) {
  Dims result(shape);
  for (size_t i = 0; i < result.size(); ++i) {
    if (result[i] < -1)
      return std::nullopt;
    if (result[i] != 0)
      continue;
    size_t fromEnd = result.size() - i;
    if (zero == ReshapeZero::CopyRight)
      result[i] = fromEnd <= from.size() ? from[from.size() - fromEnd] : 1;
    else if (from.size() == shape.size())
      result[i] = from[i];
    else
      return std::nullopt;
  }
  return result;
}

std::optional<Dims> reshape(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> shape, ReshapeZero zero) {
  if (llvm::count(shape, -1) > 1)
    return std::nullopt;
  std::optional<Dims> result = withZerosCopied(from, shape, zero);
  std::optional<int64_t> total = product(from);
  if (!result || !total)
    return std::nullopt;
  size_t open = size_t(llvm::find(shape, -1) - shape.begin());
  Dims others(*result);
  if (open < shape.size())
    others.erase(others.begin() + open);
  std::optional<int64_t> rest = product(others);
  if (!rest)
    return std::nullopt;
  if (open == shape.size())
    return *total == unknown || *rest == unknown || *total == *rest ? result : std::nullopt;
  if (*total == unknown || *rest == unknown)
    (*result)[open] = unknown;
  else if (*rest == 0 ? *total != 0 : *total % *rest != 0)
    return std::nullopt;
  else
    (*result)[open] = *rest == 0 ? 0 : *total / *rest;
  return result;
}

std::optional<SliceResult> slice(int64_t size, const Slice &s) {
  assert(s.stride != 0);
  // Sizes are positive, so magnitudes fit; the smallest stride has none.
  int64_t step = s.stride == INT64_MIN ? INT64_MAX : s.stride < 0 ? -s.stride : s.stride;
  bool forward = s.stride > 0;
  if (s.beginMask && s.endMask) {
    if (size == unknown)
      return SliceResult{unknown, 0, false};
    return SliceResult{ceilDiv(size, step), forward ? 0 : size - 1, true};
  }
  if ((!s.beginMask && !s.begin) || (!s.endMask && !s.end))
    return SliceResult{unknown, 0, false};

  auto wrapped = [&](int64_t index) { return index < 0 && size != unknown ? std::max<int64_t>(0, index + size) : index; };
  if (!s.beginMask && !s.endMask) {
    int64_t b = *s.begin, e = *s.end;
    if ((b >= 0 && e >= 0 && forward) || (b < 0 && e < 0 && !forward)) {
      int64_t distance = forward ? e - b : b - e;
      if (distance < 0)
        return std::nullopt;
      int64_t count = ceilDiv(distance, step);
      if (count <= 1) {
        bool inside = size != unknown && b < size && b >= -size;
        return SliceResult{count, wrapped(b), count == 0 || inside};
      }
    }
  }
  if (s.endMask && !s.beginMask && *s.begin == (forward ? -1 : 0))
    return SliceResult{1, forward ? (size == unknown ? 0 : size - 1) : 0, size > 0};
  if (size == unknown)
    return SliceResult{unknown, 0, false};

  // The slice as such: bounds clamped to where the walk can be.
  int64_t begin = s.beginMask ? (forward ? 0 : size - 1) : wrapped(*s.begin);
  begin = std::min(begin, forward ? size : size - 1);
  int64_t end = s.endMask ? (forward ? size : -1) : std::min(wrapped(*s.end), forward ? size : size - 1);
  int64_t distance = forward ? end - begin : begin - end;
  int64_t count = distance > 0 ? ceilDiv(distance, step) : 0;
  // Going backwards, Core ML clamps a position before the first element to it; numpy's slices stop before it.
  bool clampedBack = !forward && ((!s.beginMask && *s.begin < -size) || (!s.endMask && *s.end < -size));
  if (size == 1)
    return SliceResult{1, 0, count == 1 && !clampedBack};
  return SliceResult{count, begin, !clampedBack};
}

} // namespace mil::shapes
