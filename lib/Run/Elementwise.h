// Functions of one or two elements over runs of fp32 values: the loops of elementwise operations and activations.
//
// A chain of operations is a list of steps that are applied, one after the other, to a piece of a tensor that fits into the first-level
// cache:
//
//   applyStep({.kind = StepKind::Mul}, values, others, 256);         // values[i] *= others[i]
//   applyStep({.kind = StepKind::Relu, .rounds = true}, values, nullptr, 256);   // then rounded to fp16
//
// Results differ from the exact ones by at most 4 units in the last place (for erf and functions based on it: in the last place of the
// greatest value of the sum in it). NaN, infinities and zeros are the same as in the reference.
#pragma once

#include "Floats.h"

namespace mil::fast {

enum class StepKind : uint8_t {
  // Functions of the value, and of the numbers a and b:
  None, ///< only rounds
  Abs,
  Acos,
  Asin,
  Atan,
  Atanh,
  Ceil,
  Clip, ///< to [a, b]; b if a > b
  Cos,
  Cosh,
  Elu,
  Erf,
  Exp,
  Exp2,
  Floor,
  GeluExact,
  GeluSigmoid,
  GeluTanh,
  Inverse, ///< 1 / (x + a)
  LeakyRelu,
  Linear, ///< a · x + b
  Log,    ///< ln(x + a)
  Relu,
  Round,
  Rsqrt, ///< 1 / √(x + a)
  Sigmoid,
  SigmoidHard,
  Sign,
  Silu,
  Sin,
  Sinh,
  Softplus,
  Softsign,
  Sqrt,
  Square,
  Tan,
  Tanh,
  TanhScaled,
  Threshold,     ///< max(x, a)
  ThresholdRelu, ///< x where x ≥ a, else 0
  // Functions of the value and another one:
  Add,
  Sub,
  Mul,
  Div,
  DivRoot,     ///< value / √(other + a)
  FloorDivide, ///< ⌊value / other⌋
  Maximum,
  Minimum,
  Modulo, ///< value - other · ⌊value / other⌋
  Pow,
  Prelu, ///< the other value is the slope
};

struct Step {
  StepKind kind = StepKind::None;
  float a = 0, b = 0;
  bool otherFirst = false; ///< f(other, value), not f(value, other)
  bool rounds = false;     ///< the results are rounded to fp16
  bool takesOther() const { return kind >= StepKind::Add; }
};

/// Buffers that are passed to steps have room up to the next multiple of this number of elements; the content of this room is overwritten.
inline constexpr size_t runPadding = 16;
inline constexpr size_t padded(size_t count) { return (count + runPadding - 1) / runPadding * runPadding; }

/// values[i] = f(values[i]) or f(values[i], others[i]).
void applyStep(const Step &step, float *values, const float *others, size_t count);
/// Widens a run of elements, exactly.
void widenRun(ConstFloats from, size_t count, float *to);
/// Rounds a run to the format of `to`.
void narrowRun(const float *from, size_t count, Floats to);

} // namespace mil::fast
