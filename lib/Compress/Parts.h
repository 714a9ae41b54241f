// Parts: functions to build the compressed forms of all schemes.
#pragma once

#include "Kept.h"
#include "mil/Compress/CompressedWeight.h"
#include <cmath>

namespace mil {

/// The least and the greatest of some elements; `finite` is false if any of them is not finite.
struct Range {
  float least = HUGE_VALF, greatest = -HUGE_VALF;
  bool finite = true;
};
void extend(Range &range, llvm::ArrayRef<float> values);
/// The ranges of all blocks of a weight.
std::optional<std::vector<Range>> rangesOf(const WeightValues &weight, llvm::ArrayRef<int64_t> blocks, WhyLeft &why);

/// The number of blocks of the given sizes along each dimension, one for a size of 0; nullopt if a dimension isn't a multiple of the size.
std::optional<Tensor::Dims> blocksOfSize(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> sizes);

/// The packed bytes of a constant of a sub-byte type as uint8, and its shape as uint32, in the format of the compressed constants of iOS16.
const Literal *packedAsBytes(Context &context, const Literal *constant);
const Literal *shapeAsUInt32(Context &context, llvm::ArrayRef<int64_t> dims);

/// A number rounded to an element type; to integers, to the nearest.
float roundedTo(DType type, double value);

/// A constant of numbers that the element type can represent exactly; a large one is streamed from memory.
const Literal *constantOf(Context &context, DType type, llvm::ArrayRef<int64_t> dims, std::vector<float> values);

/// Computes the integers or indices of a matrix by its Hessian: `one(element, value, code)` rounds the element with this number in the
/// weight, sets its code and returns the number that the code represents; it is called by several threads. Null if the weight has no
/// Hessian with its number of inputs, or can't be read.
std::shared_ptr<const std::vector<uint8_t>> codesByHessian(const WeightView &weight,
                                                           llvm::function_ref<float(int64_t element, float value, uint8_t &code)> one);

/// Reads the bits of a mask constant, and creates a constant from such bits.
Kept::Mask maskOf(const Literal &mask);
const Literal *maskConstant(Context &context, llvm::ArrayRef<int64_t> dims, const Kept::Mask &mask);
/// A constant of the kept ones of the integers of up to 8 bits that `codes` computes, or of the elements of a weight.
const Literal *keptCodes(Context &context, DType type, std::shared_ptr<const Kept> kept, MakeCodes codes);
const Literal *keptValues(Context &context, std::shared_ptr<const Kept> kept, std::shared_ptr<const WeightValues> weight);
/// Adds the operation that makes a sparse weight dense, after the one that computes its elements. The mask is `mask`, or, if `isResult`,
/// the first result of the previous operation.
void addSparseToDense(CompressedWeight &form, const Literal *mask, bool isResult, std::shared_ptr<const Kept> kept);

} // namespace mil
