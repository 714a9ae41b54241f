// Elements: the values of constants, compressed ones included, read in windows.
//
// Weights stay in their files, and compressed weights are larger after decompression. So the values of large constants are read one window
// at a time:
//
//   std::unique_ptr<ElementReader> elements = elementsOf(*op.result());
//   std::vector<double> window(4096);
//   for (int64_t at = 0; at < elements->count(); at += …)
//     if (!elements->read(at, window, diags))
//       return failure();
//
// A reader handles chains of constexpr_* operations (a lookup table that is itself scaled) of any length. Scales, offsets and lookup tables
// are held in memory; data, indices and masks are not. The arithmetic is that of coremltools: for blockwise scales, (data - offset) is
// rounded to the element type, and its product with the scale is rounded again; affine ones are computed in fp32 and rounded once.
#pragma once

#include "mil/Tensor/Tensor.h"
#include <memory>

namespace mil {

class Operation;
class Operand;
class Value;

/// Reads the elements of a constant, one window at a time.
class ElementReader {
public:
  virtual ~ElementReader() = default;
  DType dtype() const { return type; }
  llvm::ArrayRef<int64_t> dims() const { return shape; }
  int64_t count() const { return elements; }
  /// Fills `out` with the elements starting at index `from`, row-major, exactly. False if a file can't be read, which is reported.
  /// Ascending windows are fastest: after a step back, sparse data is counted from the start again.
  virtual bool read(int64_t from, llvm::MutableArrayRef<double> out, DiagnosticEngine &diags) = 0;

protected:
  ElementReader(DType type, llvm::ArrayRef<int64_t> dims);

private:
  DType type;
  Tensor::Dims shape;
  int64_t elements;
};

/// The elements of a numeric constant; null if its file is missing, its shape is unknown, or its type has more than 32 bits.
std::unique_ptr<ElementReader> elementsOf(const Literal &literal);
/// The elements of a constant: a `const`, a result of a constexpr_*, or of dequantize of constants; else null. The reader only refers to
/// literals, so the operations may be erased.
std::unique_ptr<ElementReader> elementsOf(const Value &value);
/// The same for an operand.
std::unique_ptr<ElementReader> elementsOf(const Operand &operand);

/// Rounds values to a floating-point type, to nearest even.
void roundTo(DType type, llvm::MutableArrayRef<double> values);

/// Reads all elements into memory; nullopt if there are more than `maxElements`, or after an error (reported).
std::optional<Tensor> readAll(ElementReader &elements, uint64_t maxElements, DiagnosticEngine &diags);

} // namespace mil
