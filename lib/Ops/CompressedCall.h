// A constexpr_* operation, or a dequantize of constants, with functions by which its definition computes the elements of its results from
// its arguments.
//
//   op("constexpr_blockwise_shift_scale", iOS18)
//       …
//       .elements([](const CompressedCall &call, size_t) { return call.scaled("data", "offset"); });
//
// Arguments may themselves be results of such operations; older operations have attributes instead of arguments. Every function returns
// null if an argument isn't constant, can't be read, or is inconsistent.
#pragma once

#include "CompressedReaders.h"
#include "mil/IR/Operation.h"

namespace mil {

class CompressedCall {
public:
  CompressedCall(const Operation &op, unsigned depth) : op(op), depth(depth) {}
  /// The elements of a value: those of a `const`, or those given by the definition of its operation. `depth`: the number of operations
  /// chained so far.
  static Reader value(const Value &value, unsigned depth);

  /// The elements of the argument or attribute with this name.
  Reader argument(llvm::StringRef name) const;
  bool has(llvm::StringRef name) const { return op.argument(name) || op.attribute(name); }
  /// scale · (data - offset). An offset named "offset" has blocks in any dimensions; with another name it varies along one axis.
  Reader scaled(llvm::StringRef data, llvm::StringRef offset) const;
  /// The entries of `lut` that `indices` select, for both forms of the operation.
  Reader lookedUp() const { return has("shape") ? lookedUpPacked() : lookedUpDense(); }
  /// `nonzero_data` where `mask` is 1, for both forms of the operation.
  Reader sparse() const;
  /// The second results of operations that return a mask and the elements that it keeps.
  Reader sparseScaled() const;
  Reader sparseLookedUp() const;
  /// The mask that belongs to sparseLookedUp.
  Reader maskOfLookedUp() const;

private:
  /// The scales and offsets of the blocks of a dense shape, and the number of blocks in each dimension.
  struct Scales {
    ScaleAndOffset by;
    Tensor::Dims blocks;
    DType type;
  };
  std::optional<Scales> scales(llvm::ArrayRef<int64_t> dims, llvm::StringRef offset) const;
  std::optional<LookupTable> table(llvm::ArrayRef<int64_t> dims, DType &type) const;
  std::optional<std::vector<double>> values(ElementReader *elements) const;
  std::optional<int64_t> integer(llvm::StringRef name) const;
  /// For lut_to_sparse: the layout of its vectors; nullopt if vector_axis is invalid.
  std::optional<Spread> spread(llvm::ArrayRef<int64_t> dims, int64_t vector) const;
  Reader lookedUpDense() const;
  Reader lookedUpPacked() const;
  /// Bytes as elements of a sub-byte type in another shape.
  Reader packed(llvm::StringRef name, DType type) const;

  const Operation &op;
  unsigned depth;
};

/// The bytes of a literal as elements of a type and shape; null if the number of bytes differs, or its file is missing.
Reader elementsAs(const Literal &literal, DType type, llvm::ArrayRef<int64_t> dims);

} // namespace mil
