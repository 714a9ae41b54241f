// Shape arithmetic, with dimensions that are not known before run time (Type::unknown), and without overflow.
//
//   shapes::broadcast({2, 1}, {shapes::unknown, 3})   // [2, 3]
//   shapes::product({2, shapes::unknown})             // unknown
//
// Functions return nullopt on errors (shapes that don't match, a size beyond 63 bits), which the calling type rule reports. An unknown
// dimension stays unknown unless the rule determines it.
#pragma once

#include "mil/IR/Type.h"
#include "llvm/ADT/SmallVector.h"

namespace mil::shapes {

using Dims = llvm::SmallVector<int64_t, 6>;
inline constexpr int64_t unknown = Type::unknown;
/// The largest rank of tensors in an ML program, other than constants.
inline constexpr size_t maxRank = 5;

/// Whether a dimension is known before run time.
inline bool isKnown(int64_t dim) { return dim != unknown; }
/// Whether all dimensions are known before run time.
bool allKnown(llvm::ArrayRef<int64_t> dims);

// Arithmetic on known or unknown sizes; the result is unknown if one of them is. nullopt on overflow.
std::optional<int64_t> add(int64_t a, int64_t b);
std::optional<int64_t> multiply(int64_t a, int64_t b);
/// The product of all dims: the number of elements. 0 if one is 0; otherwise unknown if one is unknown.
std::optional<int64_t> product(llvm::ArrayRef<int64_t> dims);
/// ceil(a / b) for b > 0.
inline int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b > 0 ? 1 : 0); }
/// floor(a / b) for b > 0.
inline int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Whether two sizes can be equal: they are, or one is unknown.
inline bool compatible(int64_t a, int64_t b) { return a == b || a == unknown || b == unknown; }
/// Whether two shapes have the same rank and compatible sizes.
bool compatible(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);
/// The more precise of two compatible sizes.
inline int64_t merge(int64_t a, int64_t b) { return a == unknown ? b : a; }

/// The broadcast shape, aligned at the last dimension; missing dimensions are 1. Two sizes must be equal, or one of them 1; of a known and
/// an unknown size the known one is used unless it is 1; two unknown sizes give an unknown one.
std::optional<Dims> broadcast(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);
/// `axis` counted from the front; nullopt unless in [-rank, rank).
std::optional<int64_t> normalizeAxis(int64_t axis, size_t rank);

/// A window (the kernel of a convolution, or of a pool) that moves over one dimension.
struct Window {
  int64_t size = 1, stride = 1, dilation = 1; ///< all >= 1
  int64_t padBefore = 0, padAfter = 0;        ///< >= 0
  /// The number of elements that it spans: (size - 1) · dilation + 1; nullopt on overflow.
  std::optional<int64_t> extent() const;
};
/// The values of pad_type.
enum class Padding : uint8_t { Valid, Custom, Same, SameLower };
/// The padding with this name in pad_type; nullopt for other names.
std::optional<Padding> paddingFromName(llvm::StringRef name);
/// Sets the pads of a window over `in` elements: none (Valid), the given ones (Custom), or the pads that give ceil(in / stride) positions,
/// the larger one after (Same) or before (SameLower). `in` must be known for Same and SameLower. nullopt on overflow.
std::optional<Window> padded(Window window, Padding padding, int64_t in);
/// The number of positions of a window over `in` elements: floor((in + pads - extent) / stride) + 1, unknown for an unknown `in`; nullopt
/// if there are no positions, or on overflow.
std::optional<int64_t> windowPositions(int64_t in, const Window &window);
/// The same, rounded up; the last position is dropped if it would start in the padding after the elements (PyTorch's ceil_mode).
std::optional<int64_t> windowPositionsCeil(int64_t in, const Window &window);
/// The output size of a transposed convolution of `in` elements: (in - 1) · stride + extent - pads.
std::optional<int64_t> transposedWindowSize(int64_t in, const Window &window);

/// The meaning of a 0 in the argument shape of reshape.
enum class ReshapeZero : uint8_t {
  CopyLeft,  ///< iOS15, iOS16: the dimension of x at the same place from the left; only when the ranks are equal
  CopyRight, ///< iOS17: the dimension of x at the same place from the right, 1 beyond it
};
/// Reshapes `from` to `shape`, with at most one -1; nullopt when the sizes don't agree.
std::optional<Dims> reshape(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> shape, ReshapeZero zero);

/// One dimension of a slice `begin:end:stride`.
struct Slice {
  std::optional<int64_t> begin = std::nullopt, end = std::nullopt; ///< absent: not known before run time
  int64_t stride = 1;                                              ///< not 0
  bool beginMask = false, endMask = false;
};
/// The result of a slice of one dimension.
struct SliceResult {
  int64_t size;  ///< the number of elements, or unknown
  int64_t first; ///< the index of the first one, if size is known and not 0
  bool foldable; ///< false if the size that Core ML infers differs from the number of elements of the slice
};
/// The elements that a slice selects from a dimension of `size`, by Core ML's rule: an end before the begin is an error (nullopt) if both
/// count from the front.
std::optional<SliceResult> slice(int64_t size, const Slice &slice);

} // namespace mil::shapes
