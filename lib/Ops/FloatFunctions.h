// Operations that apply a floating-point function to each element.
#pragma once

#include "Definition.h"

namespace mil {

/// Defines such an operation; f is computed in double and rounded once.
inline void defineFloatFunction(OpFamily &op, const char *name, const char *summary, double (*f)(double)) {
  op(name, iOS15).summary(summary).in("x", T).where(T, {fp16, fp32}).infer(sameAs("x")).fold(elementwise(f));
}

} // namespace mil
