// Functions of two elements, with broadcasting.

#include "Definition.h"
#include "Families.h"
#include "mil/Tensor/Modulo.h"
#include <cmath>

namespace mil {

// Integers wrap around, as in the machine: they are computed in 64 bits without sign and narrowed.

struct Add {
  double operator()(double x, double y) const { return x + y; }
  int64_t operator()(int64_t x, int64_t y) const { return int64_t(uint64_t(x) + uint64_t(y)); }
};
struct Sub {
  double operator()(double x, double y) const { return x - y; }
  int64_t operator()(int64_t x, int64_t y) const { return int64_t(uint64_t(x) - uint64_t(y)); }
};
struct Mul {
  double operator()(double x, double y) const { return x * y; }
  int64_t operator()(int64_t x, int64_t y) const { return int64_t(uint64_t(x) * uint64_t(y)); }
};
/// The true quotient; stored as an integer it is truncated towards zero.
struct RealDiv {
  double operator()(double x, double y) const { return x / y; }
  int64_t operator()(int64_t x, int64_t y) const { return y == 0 ? 0 : x / y; }
};
struct FloorDiv {
  double operator()(double x, double y) const { return std::floor(x / y); }
  int64_t operator()(int64_t x, int64_t y) const { return y == 0 ? 0 : x / y - ((x % y != 0 && (x < 0) != (y < 0)) ? 1 : 0); }
};
/// The remainder that goes with FloorDiv: it has the sign of y.
struct Mod {
  double operator()(double x, double y) const { return floorModulo(x, y); }
  int64_t operator()(int64_t x, int64_t y) const { return y == 0 ? 0 : x - y * FloorDiv()(x, y); }
};
struct Pow {
  double operator()(double x, double y) const { return std::pow(x, y); }
  int64_t operator()(int64_t x, int64_t y) const {
    if (y < 0)
      return x == 1 ? 1 : x == -1 ? (y % 2 ? -1 : 1) : 0;
    uint64_t result = 1;
    for (uint64_t base = uint64_t(x); y; y >>= 1, base *= base)
      if (y & 1)
        result *= base;
    return int64_t(result);
  }
};
/// A NaN on either side is the result.
struct Maximum {
  double operator()(double x, double y) const { return std::isnan(x) || x > y ? x : y; }
  int64_t operator()(int64_t x, int64_t y) const { return x > y ? x : y; }
};
struct Minimum {
  double operator()(double x, double y) const { return std::isnan(x) || x < y ? x : y; }
  int64_t operator()(int64_t x, int64_t y) const { return x < y ? x : y; }
};

/// Integers divided by 0 have no value to fold to.
static FoldFn unlessDividedByZero(FoldFn fold) {
  auto rule = [fold = std::move(fold)](const Args &a, const Tensor &y) -> Folded {
    if (!y.isFloat())
      for (int64_t i = 0; i < y.count(); ++i)
        if (y.integer(i) == 0)
          return {};
    return fold(a);
  };
  return ifKnown(rule, tensorOf("y"));
}

static void defineArithmetic(OpFamily &op, const char *name, const char *summary, FoldFn fold) {
  op(name, iOS15).summary(summary).in("x", T).in("y", T).where(T, {fp16, fp32, int32}).infer(broadcastOf("x", "y")).fold(std::move(fold));
}

template <typename F> static void defineComparison(OpFamily &op, const char *name, const char *summary, F holds) {
  op(name, iOS15)
      .summary(summary)
      .in("x", T)
      .in("y", T)
      .where(T, {fp16, fp32, int32})
      .infer(broadcastOf("x", "y", DType::Bool))
      .fold(pairwise([holds](auto x, auto y) { return int64_t(holds(x, y)); }));
}

template <typename F> static void defineLogical(OpFamily &op, const char *name, const char *summary, F f) {
  op(name, iOS15).summary(summary).in("x", boolean).in("y", boolean).infer(broadcastOf("x", "y")).fold(pairwise([f](auto x, auto y) {
    return int64_t(f(x != 0, y != 0));
  }));
}

void ops::defineElementwiseBinary(Catalogue &catalogue) {
  OpFamily op(catalogue, "elementwise_binary");

  defineArithmetic(op, "add", "x + y", pairwise(Add()));
  defineArithmetic(op, "sub", "x - y", pairwise(Sub()));
  defineArithmetic(op, "mul", "x · y", pairwise(Mul()));
  defineArithmetic(op, "real_div", "x / y; integers are truncated towards zero", unlessDividedByZero(pairwise(RealDiv())));
  defineArithmetic(op, "floor_div", "⌊x / y⌋", unlessDividedByZero(pairwise(FloorDiv())));
  defineArithmetic(op, "mod", "x - y · ⌊x / y⌋, which has the sign of y", unlessDividedByZero(pairwise(Mod())));
  defineArithmetic(op, "pow", "x to the power of y", pairwise(Pow()));
  defineArithmetic(op, "maximum", "the maximum of x and y; NaN if one is NaN", pairwise(Maximum()));
  defineArithmetic(op, "minimum", "the minimum of x and y; NaN if one is NaN", pairwise(Minimum()));

  defineComparison(op, "equal", "whether x = y", [](auto x, auto y) { return x == y; });
  defineComparison(op, "not_equal", "whether x ≠ y", [](auto x, auto y) { return x != y; });
  defineComparison(op, "greater", "whether x > y", [](auto x, auto y) { return x > y; });
  defineComparison(op, "greater_equal", "whether x ≥ y", [](auto x, auto y) { return x >= y; });
  defineComparison(op, "less", "whether x < y", [](auto x, auto y) { return x < y; });
  defineComparison(op, "less_equal", "whether x ≤ y", [](auto x, auto y) { return x <= y; });

  defineLogical(op, "logical_and", "x and y", [](bool x, bool y) { return x && y; });
  defineLogical(op, "logical_or", "x or y", [](bool x, bool y) { return x || y; });
  defineLogical(op, "logical_xor", "exclusive or of x and y", [](bool x, bool y) { return x != y; });
}

} // namespace mil
