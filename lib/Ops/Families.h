// Every family of ops, one line each: its name and the file that defines it (lib/Ops/<name>.cpp).
#pragma once

#include "mil/Ops/Catalogue.h"

#define MIL_OP_FAMILIES(FAMILY)                                                                                                          \
  FAMILY(ControlFlow)                                                                                                                    \
  FAMILY(ElementwiseBinary)                                                                                                              \
  FAMILY(ElementwiseUnary)                                                                                                               \
  FAMILY(Lists)                                                                                                                          \
  FAMILY(States)

namespace mil::ops {
#define MIL_DECLARE_FAMILY(NAME) void define##NAME(Catalogue &catalogue);
MIL_OP_FAMILIES(MIL_DECLARE_FAMILY)
#undef MIL_DECLARE_FAMILY
} // namespace mil::ops
