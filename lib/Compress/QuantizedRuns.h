// Loops over runs of elements that have one scale, compiled for several instruction sets.
#pragma once

#include "llvm/ADT/ArrayRef.h"

namespace mil {

/// How the elements of a block become integers and numbers again. Every operation is rounded to fp16 if `isHalf`, else to fp32.
struct QuantizationStep {
  float scale, offset;   ///< the scale isn't 0
  float least, greatest; ///< of the integers
  bool isHalf;
};

/// Turns finite numbers into integers, and integers into the numbers that they represent.
void quantizeRun(llvm::MutableArrayRef<float> values, const QuantizationStep &step);
void dequantizeRun(llvm::MutableArrayRef<float> values, const QuantizationStep &step);

/// The sum of squared errors that quantization makes; where it gets above `limit`, some number above that.
double errorOfRun(llvm::ArrayRef<float> values, const QuantizationStep &step, double limit);

} // namespace mil
