#include "patterns/ConstantArguments.h"

using namespace mil;

std::optional<Integers> mil::integersOf(const Operation &op, llvm::StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal ? literal->asInts() : std::nullopt;
}

std::optional<Integers> mil::axesOf(const Operation &op, llvm::StringRef argument, size_t rank) {
  std::optional<Integers> axes = integersOf(op, argument);
  if (axes)
    for (int64_t &axis : *axes)
      axis += axis < 0 ? int64_t(rank) : 0;
  return axes;
}
