// Reading an operand as if it had been broadcast to the shape of the result, a run of the result's elements at a time.
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

  /// Whether the operand has the result's elements in their order.
  bool isIdentity() const { return dims.size() == 1 && dims[0].stride == 1; }
  /// Widens what belongs to elements [at, at + count) of the result.
  void read(ConstFloats operand, int64_t at, int64_t count, float *out) const;
  /// The same, for applyStep: in `buffer`, or where the elements of the operand, so many in total, are as they should be.
  const float *find(ConstFloats operand, int64_t total, int64_t at, int64_t count, float *buffer) const;

private:
  struct Dim {
    int64_t size, stride;
  };
  void add(int64_t size, int64_t stride);
  llvm::SmallVector<Dim, 4> dims; ///< outermost first; neighbours that are one run are one
};

} // namespace mil::fast
