// Parts: what the forms of all schemes are made of.
#pragma once

#include "Kept.h"
#include "mil/Compress/CompressedWeight.h"
#include <cmath>

namespace mil {

/// The least and the greatest of some elements; finite is false once one isn't.
struct Range {
  float least = HUGE_VALF, greatest = -HUGE_VALF;
  bool finite = true;
};
void extend(Range &range, llvm::ArrayRef<float> values);
/// The ranges of all blocks of a weight.
std::optional<std::vector<Range>> rangesOf(const WeightValues &weight, llvm::ArrayRef<int64_t> blocks, WhyLeft &why);

/// How many blocks of a size there are along each dimension, one for a size of 0; nullopt if a dimension isn't a multiple.
std::optional<Tensor::Dims> blocksOfSize(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> sizes);

/// The packed bytes of a constant of a sub-byte type as uint8, and its shape as uint32, as the compressed constants of iOS16 have them.
const Literal *packedAsBytes(Context &context, const Literal *constant);
const Literal *shapeAsUInt32(Context &context, llvm::ArrayRef<int64_t> dims);

/// A number rounded to an element type; to integers, to the nearest.
float roundedTo(DType type, double value);

/// A constant of numbers that are exact in the element type; streamed from memory when it is large.
const Literal *constantOf(Context &context, DType type, llvm::ArrayRef<int64_t> dims, std::vector<float> values);

/// Makes the integers or indices of a matrix by its Hessian: `one(element, value, code)` rounds an element, by its number in the weight,
/// and returns the number that its code represents; called by several threads. Null when the weight has no Hessian of as many inputs, or
/// can't be read.
std::shared_ptr<const std::vector<uint8_t>> codesByHessian(const WeightView &weight,
                                                           llvm::function_ref<float(int64_t element, float value, uint8_t &code)> one);

/// The bits of a mask constant; and a constant of the bits.
Kept::Mask maskOf(const Literal &mask);
const Literal *maskConstant(Context &context, llvm::ArrayRef<int64_t> dims, const Kept::Mask &mask);
/// What stays of the integers of 8 bits and less that `codes` makes, or of a weight's elements.
const Literal *keptCodes(Context &context, DType type, std::shared_ptr<const Kept> kept, MakeCodes codes);
const Literal *keptValues(Context &context, std::shared_ptr<const Kept> kept, std::shared_ptr<const WeightValues> weight);
/// Adds the operation that spells a sparse weight out to one that makes its elements. Its mask is the given one, or, if `isResult`, what
/// the operation before has as its first result.
void addSparseToDense(CompressedWeight &form, const Literal *mask, bool isResult, std::shared_ptr<const Kept> kept);

} // namespace mil
