// Reads an operand as if it were broadcast to the shape of the result, one run of elements of the result at a time.
#pragma once

#include "Floats.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace mil::fast {

class Broadcast {
public:
  Broadcast() = default;
  /// An operand of shape `from`, aligned with the last dimensions of `to`; sizes of 1 are repeated.
  Broadcast(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);
  /// A vector along dimension `axis` of `to`.
  static Broadcast alongAxis(size_t axis, llvm::ArrayRef<int64_t> to);

  /// Whether the operand has one element for each element of the result, in the same order.
  bool isIdentity() const { return dims.size() == 1 && dims[0].stride == 1; }
  /// Widens the elements of the operand for elements [at, at + count) of the result.
  void read(ConstFloats operand, int64_t at, int64_t count, float *out) const;
  /// The same for applyStep: returns `buffer`, or the memory of the operand, which has `total` elements, if it can be used directly.
  const float *find(ConstFloats operand, int64_t total, int64_t at, int64_t count, float *buffer) const;

private:
  struct Dim {
    int64_t size, stride;
  };
  void add(int64_t size, int64_t stride);
  llvm::SmallVector<Dim, 4> dims; ///< outermost first; adjacent dimensions that are one run are combined
};

} // namespace mil::fast
