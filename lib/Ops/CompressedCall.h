// A constexpr_* or dequantize operation of constants, as its definition reads it: how the elements of its results follow from its
// arguments.
//
//   op("constexpr_blockwise_shift_scale", iOS18)
//       …
//       .elements([](const CompressedCall &call, size_t) { return call.scaled("data", "offset"); });
//
// Arguments may themselves be results of such operations; the older ones have them as attributes. Every function gives null for what
// isn't constant, can't be read, or contradicts itself.
#pragma once

#include "CompressedReaders.h"
#include "mil/IR/Operation.h"

namespace mil {

class CompressedCall {
public:
  CompressedCall(const Operation &op, unsigned depth) : op(op), depth(depth) {}
  /// The elements of a value: of a `const`, or by the definition of the operation that computes it. `depth`: operations chained so far.
  static Reader value(const Value &value, unsigned depth);

  /// The elements of an argument, or of the attribute of that name.
  Reader argument(llvm::StringRef name) const;
  bool has(llvm::StringRef name) const { return op.argument(name) || op.attribute(name); }
  /// scale · (data - offset). An argument named "offset" comes in blocks of any dimensions, one of another name along one axis.
  Reader scaled(llvm::StringRef data, llvm::StringRef offset) const;
  /// The entries of `lut` that `indices` choose, of either form.
  Reader lookedUp() const { return has("shape") ? lookedUpPacked() : lookedUpDense(); }
  /// `nonzero_data` where `mask` is 1, of either form.
  Reader sparse() const;
  /// The second results of the operations that give a mask and the elements it keeps.
  Reader sparseScaled() const;
  Reader sparseLookedUp() const;
  /// The mask that goes with sparseLookedUp.
  Reader maskOfLookedUp() const;

private:
  /// Scale and offset of blocks of a dense shape, and how many blocks each dimension has.
  struct Scales {
    ScaleAndOffset by;
    Tensor::Dims blocks;
    DType type;
  };
  std::optional<Scales> scales(llvm::ArrayRef<int64_t> dims, llvm::StringRef offset) const;
  std::optional<LookupTable> table(llvm::ArrayRef<int64_t> dims, DType &type) const;
  std::optional<std::vector<double>> values(ElementReader *elements) const;
  std::optional<int64_t> integer(llvm::StringRef name) const;
  /// Of lut_to_sparse: how its vectors lie; nullopt without a legal vector_axis.
  std::optional<Spread> spread(llvm::ArrayRef<int64_t> dims, int64_t vector) const;
  Reader lookedUpDense() const;
  Reader lookedUpPacked() const;
  /// Bytes read as elements of a sub-byte type in another shape.
  Reader packed(llvm::StringRef name, DType type) const;

  const Operation &op;
  unsigned depth;
};

/// The bytes of a literal as elements of a type and shape; null when it has other than as many bytes, or its file is missing.
Reader elementsAs(const Literal &literal, DType type, llvm::ArrayRef<int64_t> dims);

} // namespace mil
