#include "patterns/Reductions.h"
#include "patterns/ConstantArguments.h"
#include <cmath>

using namespace mil;

double mil::reducedCount(const Operation &reduction) {
  std::optional<Integers> axes = integersOf(reduction, "axes");
  Type type = reduction.operand("x")->type();
  double count = 1;
  if (!axes || axes->empty() || !type.hasRank())
    return NAN;
  for (int64_t axis : *axes) {
    int64_t dim = type.dim(int(axis));
    count *= dim > 0 ? double(dim) : NAN;
  }
  return count;
}

bool mil::isNearly(double factor, double wanted, DType type) {
  double precision = type == DType::Float16 ? 0x1p-10 : 0x1p-22;
  return std::abs(factor - wanted) <= precision * std::abs(wanted);
}
