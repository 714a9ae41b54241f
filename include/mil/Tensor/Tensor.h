// Tensors in memory, for constant folding and for running models.
//
//   Tensor tensor(DType::Float16, {2, 3});
//   std::vector<double> row = {1, 2, 3};
//   tensor.write(3, row);            // the second row
//   tensor.number(4);                // 2
//
// Elements are row-major in their storage type: sub-byte integers unpacked, one per byte; bool a byte 0 or 1; small floats as their bits.
// Copies share their elements until one of them is written to; a tensor may also be a view of memory owned elsewhere (a mapped weight
// file). So copying a tensor is cheap.
//
// Arithmetic is done in double (floats) or int64 (integers and bool) and rounded once on the way back: `read` widens a run of elements into
// such a buffer, `write` narrows it. So a kernel that is written for two types supports all types of MIL, and an fp16 result is the exact
// result rounded once.
#pragma once

#include "mil/IR/Literal.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>

namespace mil {

/// A tensor: an element type, a shape and elements, which copies share.
class Tensor {
public:
  using Dims = llvm::SmallVector<int64_t, 6>;

  /// A tensor of zeros. The caller checks that the size is reasonable.
  Tensor(DType type, llvm::ArrayRef<int64_t> dims);
  /// A view of `bytes`, in the tensor's storage format; `owner` keeps them alive (null: they outlive the tensor and its copies).
  static Tensor over(DType type, llvm::ArrayRef<int64_t> dims, const uint8_t *bytes, std::shared_ptr<const void> owner);
  /// A tensor over writable memory; its elements are not initialised.
  static Tensor in(DType type, llvm::ArrayRef<int64_t> dims, std::shared_ptr<uint8_t> memory);
  /// A scalar, or a vector of integers, converted as by `write`.
  static Tensor scalar(DType type, double value);
  static Tensor vector(DType type, llvm::ArrayRef<int64_t> values);
  /// A constant of numbers or bools, read from its file if necessary. nullopt for other constants, more than `maxElements` elements,
  /// missing bytes, and types without a static shape. Read errors are reported.
  static std::optional<Tensor> fromLiteral(const Literal &literal, uint64_t maxElements, DiagnosticEngine *diags);
  /// A literal with these elements and the shape of `type`; elements are converted if its element type is another one.
  const Literal *toLiteral(Context &context, Type type) const;

  DType dtype() const { return type; }
  bool isFloat() const { return mil::isFloat(type); }
  llvm::ArrayRef<int64_t> dims() const { return shape; }
  size_t rank() const { return shape.size(); }
  int64_t dim(int i) const { return shape[i < 0 ? size_t(i + int(rank())) : size_t(i)]; }
  int64_t count() const { return elements; }
  /// The number of bytes of an element in storage: 1, 2, 4 or 8.
  unsigned elementSize() const { return size; }
  llvm::ArrayRef<uint8_t> bytes() const { return {data, byteCount()}; }
  /// For writing: shared or borrowed memory is copied first.
  llvm::MutableArrayRef<uint8_t> bytes() {
    detach();
    return {const_cast<uint8_t *>(data), byteCount()};
  }
  size_t byteCount() const { return size_t(elements) * size; }
  /// Whether the memory has no other owner, and may be written to.
  bool ownsMemory() const { return writable && owner.use_count() == 1; }
  /// Whether the bytes are in memory of a tensor, not borrowed.
  bool isInMemory() const { return writable; }
  /// The owner of the memory; equal for tensors that share memory.
  const void *memoryOwner() const { return owner.get(); }
  /// The same elements with another shape of the same size.
  Tensor withDims(llvm::ArrayRef<int64_t> dims) &&;
  Tensor withDims(llvm::ArrayRef<int64_t> dims) const & { return Tensor(*this).withDims(dims); }

  /// The same memory reinterpreted as a tensor of another type and shape that takes at most as many bytes.
  Tensor retyped(DType type, llvm::ArrayRef<int64_t> dims) &&;

  /// Widens elements [from, from + out.size()) into `out`.
  void read(int64_t from, llvm::MutableArrayRef<double> out) const;
  void read(int64_t from, llvm::MutableArrayRef<int64_t> out) const;
  /// Converts and stores elements [from, from + values.size()). Floats are rounded to nearest even. For integer tensors, doubles are
  /// truncated towards zero (NaN: 0) and values out of range wrap around; for bool, everything but 0 is true.
  void write(int64_t from, llvm::ArrayRef<double> values);
  void write(int64_t from, llvm::ArrayRef<int64_t> values);
  /// Element number `i`.
  double number(int64_t i) const;
  int64_t integer(int64_t i) const;

private:
  Tensor() = default;
  void detach() {
    if (!ownsMemory())
      copyMemory();
  }
  void copyMemory();
  DType type;
  Dims shape;
  int64_t elements = 0;
  unsigned size;
  bool writable = true;
  const uint8_t *data = nullptr;
  std::shared_ptr<const void> owner;
};

} // namespace mil
