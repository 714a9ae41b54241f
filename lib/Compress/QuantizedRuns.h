// Loops over runs of elements with the same scale, compiled for several instruction sets.
#pragma once

#include "llvm/ADT/ArrayRef.h"

namespace mil {

/// The quantization and dequantization of the elements of a block. Every operation is rounded to fp16 if `isHalf`, else to fp32.
struct QuantizationStep {
  float scale, offset;   ///< the scale isn't 0
  float least, greatest; ///< the range of the integers
  bool isHalf;
};

/// Converts finite numbers to integers, and integers to the numbers that they represent.
void quantizeRun(llvm::MutableArrayRef<float> values, const QuantizationStep &step);
void dequantizeRun(llvm::MutableArrayRef<float> values, const QuantizationStep &step);

/// The sum of squared errors of quantization; if it is greater than `limit`, any number greater than `limit`.
double errorOfRun(llvm::ArrayRef<float> values, const QuantizationStep &step, double limit);

} // namespace mil
