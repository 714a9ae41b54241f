// Every family of ops, one line each: its name and the file that defines it (lib/Ops/<name>.cpp).
#pragma once

#include "mil/Ops/Catalogue.h"

#define MIL_OP_FAMILIES(FAMILY)                                                                                                            \
  FAMILY(Activation)                                                                                                                       \
  FAMILY(Classify)                                                                                                                         \
  FAMILY(Constexpr)                                                                                                                        \
  FAMILY(ControlFlow)                                                                                                                      \
  FAMILY(Conv)                                                                                                                             \
  FAMILY(Custom)                                                                                                                           \
  FAMILY(ElementwiseBinary)                                                                                                                \
  FAMILY(ElementwiseUnary)                                                                                                                 \
  FAMILY(ImageResizing)                                                                                                                    \
  FAMILY(Joining)                                                                                                                          \
  FAMILY(Linear)                                                                                                                           \
  FAMILY(Lists)                                                                                                                            \
  FAMILY(Normalization)                                                                                                                    \
  FAMILY(Pool)                                                                                                                             \
  FAMILY(Quantization)                                                                                                                     \
  FAMILY(Random)                                                                                                                           \
  FAMILY(Recurrent)                                                                                                                        \
  FAMILY(Reduction)                                                                                                                        \
  FAMILY(ScatterGather)                                                                                                                    \
  FAMILY(Slicing)                                                                                                                          \
  FAMILY(Sorting)                                                                                                                          \
  FAMILY(SpaceAndDepth)                                                                                                                    \
  FAMILY(States)                                                                                                                           \
  FAMILY(TensorOperation)                                                                                                                  \
  FAMILY(TensorTransformation)                                                                                                             \
  FAMILY(Transformers)

namespace mil::ops {
#define MIL_DECLARE_FAMILY(NAME) void define##NAME(Catalogue &catalogue);
MIL_OP_FAMILIES(MIL_DECLARE_FAMILY)
#undef MIL_DECLARE_FAMILY
} // namespace mil::ops
