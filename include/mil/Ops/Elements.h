// Elements: the values of constants, compressed ones included, read in windows.
//
// Weights stay in their files, and a compressed weight is larger still once it is spelt out. So what looks at the values of large constants
// reads them a window at a time:
//
//   std::unique_ptr<ElementReader> elements = elementsOf(*op.result());
//   std::vector<double> window(4096);
//   for (int64_t at = 0; at < elements->count(); at += …)
//     if (!elements->read(at, window, diags))
//       return failure();
//
// A reader works through chains of constexpr_* operations (a table of values that is itself scaled), as deep as a program may nest them.
// Scales, offsets and tables of values are held in memory, data, indices and masks are not. The arithmetic is that of coremltools: of
// blocks (data - offset) rounded to the element type, then · scale rounded again; of affine ones in single precision, rounded once.
#pragma once

#include "mil/Tensor/Tensor.h"
#include <memory>

namespace mil {

class Operation;
class Operand;
class Value;

class ElementReader {
public:
  virtual ~ElementReader() = default;
  DType dtype() const { return type; }
  llvm::ArrayRef<int64_t> dims() const { return shape; }
  int64_t count() const { return elements; }
  /// Fills `out` with the elements from number `from` on, row-major, each exactly. False after a report that a file can't be read.
  /// Ascending windows are cheapest: sparse data is counted from the start again after a step back.
  virtual bool read(int64_t from, llvm::MutableArrayRef<double> out, DiagnosticEngine &diags) = 0;

protected:
  ElementReader(DType type, llvm::ArrayRef<int64_t> dims);

private:
  DType type;
  Tensor::Dims shape;
  int64_t elements;
};

/// The elements of a constant of numbers; null when its file is missing, its shape isn't known, or its type has more than 32 bits.
std::unique_ptr<ElementReader> elementsOf(const Literal &literal);
/// The elements of a constant: a `const`, a result of a constexpr_*, or of dequantize of constants; else null. The reader refers to
/// literals alone: the operations may go.
std::unique_ptr<ElementReader> elementsOf(const Value &value);
/// The same of what an operand is bound to.
std::unique_ptr<ElementReader> elementsOf(const Operand &operand);

/// Rounds values to a floating-point type, to nearest even.
void roundTo(DType type, llvm::MutableArrayRef<double> values);

/// All elements of a reader in memory; nullopt when there are more than `maxElements`, or after a report.
std::optional<Tensor> readAll(ElementReader &elements, uint64_t maxElements, DiagnosticEngine &diags);

} // namespace mil
