// cast_optimization: casts that change nothing, and chains of casts.
//
//   y = cast(x, dtype = "fp16"), x of fp16                                     =>   x for y
//   a = cast(x, dtype = "fp32");  y = cast(a, dtype = "fp16"),  x of fp16      =>   x for y
//   a = cast(x, dtype = "int32"); y = cast(a, dtype = "fp32"),  x of int8      =>   y = cast(x, dtype = "fp32")
//
// Two casts become one only where that makes no difference for any value of x:
//
//   * the first keeps every value of its type, as int8 to fp32 does,
//   * all three types are integers, and the last has no more bits than the one between,
//   * an integer becomes one of no fewer bits and then bool,
//   * int32 becomes fp32 and then fp16 or bool, to which what fp32 rounds makes no difference.
//
// The first cast stays while others read it. Works into nested blocks.
//
// Exact.
// Source: coremltools' common::cast_optimization, whose test lets casts through that change values.
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {

/// Bits of a value without the sign: of a float those of its significand.
unsigned magnitudeBits(DType type) {
  switch (type) {
  case DType::Bool:
    return 1;
  case DType::Float16:
    return 11;
  case DType::BFloat16:
    return 8;
  case DType::Float32:
    return 24;
  case DType::Float64:
    return 53;
  default:
    return isInteger(type) ? bitWidth(type) - isSignedInteger(type) : 0;
  }
}

/// Whether every value of `from` is one of `to`.
bool keepsAllValues(DType from, DType to) {
  if (from == to)
    return true;
  bool wholes = from == DType::Bool || isInteger(from);
  if (!magnitudeBits(from) || !magnitudeBits(to) || magnitudeBits(from) > magnitudeBits(to))
    return false;
  if (isInteger(to))
    return wholes && (isSignedInteger(to) || !isSignedInteger(from));
  if (!isFloat(to))
    return false;
  // The exponents of fp16 reach as far as the integers that fit its significand; bf16 has a wider range than fp16.
  return wholes || (from == DType::Float16 || from == DType::BFloat16 ? to == DType::Float32 || to == DType::Float64
                                                                      : from == DType::Float32 && to == DType::Float64);
}

/// Whether a cast by way of `middle` gives what the direct one does.
bool isDetour(DType from, DType middle, DType to) {
  if (keepsAllValues(from, middle))
    return true;
  if (isInteger(from) && isInteger(middle) && isInteger(to))
    return bitWidth(middle) >= bitWidth(to);
  if (isInteger(from) && isInteger(middle) && to == DType::Bool) // what isn't 0 stays so, even if its sign changes
    return bitWidth(middle) >= bitWidth(from);
  return from == DType::Int32 && middle == DType::Float32 && (to == DType::Float16 || to == DType::Bool);
}

struct CastOptimization : PatternPass {
  CastOptimization() : PatternPass({"cast"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *x = op.input("x");
    if (!x || !x->type().isTensor() || op.resultCount() != 1)
      return false;
    if (x->type() == op.result()->type())
      return rewriter.replace(op, x);
    Operation *first = x->definingOp();
    Value *source = first && first->is("cast") ? first->input("x") : nullptr;
    if (!source || !source->type().isTensor())
      return false;
    if (!isDetour(source->type().dtype(), x->type().dtype(), op.result()->type().dtype()))
      return false;
    if (source->type() == op.result()->type())
      return rewriter.replace(op, source);
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("x", source)}));
  }
};
} // namespace

MIL_PASS(cast_optimization, CastOptimization,
         "Only joins two casts if the result is the same for every value. For example, it does not join fp32 to int32 to "
         "bool (0.5 becomes false, but true if it is cast directly), float to int32 to int8 (out-of-range values wrap "
         "differently), or int32 to fp32 to int32 (large integers are rounded).")
