// Reductions along axes. Sums and products of integers wrap around; other results are rounded to x's type, for integers towards zero.

#include "Definition.h"
#include "Families.h"
#include <cmath>

namespace mil {

/// x's shape without `axes`, or with 1 for each.
static Dims withoutAxes(const Args &a, llvm::ArrayRef<int64_t> axes) {
  Dims dims;
  for (size_t i = 0; i < a["x"].rank(); ++i)
    if (!llvm::is_contained(axes, int64_t(i)))
      dims.push_back(a["x"].dims()[i]);
    else if (a.flag("keep_dims"))
      dims.push_back(1);
  return dims;
}

static Inferred inferReduce(const Args &a) {
  if (a["axes"].present() && !a.integers("axes"))
    return a.unknown();
  std::optional<Dims> axes = axesOrAll(a);
  if (!axes)
    return a.failed();
  return a.tensor(a["x"].dtype(), withoutAxes(a, *axes));
}

/// Whether rows without elements are reduced.
static bool hasEmptyRows(const Args &a, const Tensor &x) { return x.count() == 0 && a.resultType().elementCount() != 0; }

/// `f` takes a row. Some have no value for an empty one.
template <typename F> static FoldFn reduceBy(F f, bool emptyHasValue) {
  auto rule = [=](const Args &a, const Tensor &x, const Dims &axes) -> Folded {
    if (!emptyHasValue && hasEmptyRows(a, x))
      return {};
    return reduce(x, axes, a.resultType().dims(), x.dtype(), f);
  };
  return ifKnown(rule, tensorOf("x"), axesOrAll);
}

template <typename F> static void defineReduction(OpFamily &op, const char *name, const char *summary, F f, bool emptyHasValue = true) {
  op(name, iOS15)
      .summary(summary)
      .in("x", T)
      .in("axes", int32, constant, optional)
      .in("keep_dims", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32})
      .infer(inferReduce)
      .fold(reduceBy(f, emptyHasValue));
}

// ---- What a row reduces to --------------------------------------------------

/// The sum of f of every element.
template <typename V, typename F> static V sumOf(llvm::ArrayRef<V> row, F f) {
  if constexpr (std::is_floating_point_v<V>) {
    V sum = 0;
    for (V value : row)
      sum += f(value);
    return sum;
  } else {
    uint64_t sum = 0;
    for (V value : row)
      sum += uint64_t(f(value));
    return V(sum);
  }
}
template <typename V> static V sumOf(llvm::ArrayRef<V> row) {
  return sumOf(row, [](V value) { return value; });
}
template <typename V> static V product(llvm::ArrayRef<V> row) {
  std::conditional_t<std::is_floating_point_v<V>, V, uint64_t> result = 1;
  for (V value : row)
    result *= decltype(result)(value);
  return V(result);
}
/// A NaN is the greatest and the smallest.
template <typename V, typename F> static V extreme(llvm::ArrayRef<V> row, F better) {
  V best = row[0];
  for (V value : row)
    if (better(value, best) || std::isnan(value))
      best = value;
  return best;
}
template <typename V> static double sumOfSquares(llvm::ArrayRef<V> row) {
  double sum = 0;
  for (V value : row)
    sum += double(value) * double(value);
  return sum;
}
template <typename V> static double logSumExp(llvm::ArrayRef<V> row) {
  double greatest = double(extreme(row, std::greater<V>()));
  if (!std::isfinite(greatest))
    return greatest;
  double sum = 0;
  for (V value : row)
    sum += std::exp(double(value) - greatest);
  return greatest + std::log(sum);
}

// ---- The place of an extreme ------------------------------------------------

static Inferred inferArg(const Args &a) {
  bool chosen = a.opset() >= iOS17;
  std::optional<llvm::StringRef> name = chosen ? a.string("output_dtype") : "int32";
  if (!a.integer("axis") || !name)
    return a.unknown();
  std::optional<int64_t> axis = a.axis("axis", a["x"].rank());
  if (!axis)
    return a.failed();
  return a.tensor(dtypeFromName(name->lower()), withoutAxes(a, {*axis}));
}

template <typename F> static void defineArg(OpFamily &op, const char *name, const char *summary, F better) {
  auto place = [better](auto row) {
    size_t best = 0;
    for (size_t i = 1; i < row.size(); ++i)
      if (better(row[i], row[best]) || (std::isnan(row[i]) && !std::isnan(row[best])))
        best = i;
    return int64_t(best);
  };
  auto folder = [place](const Args &a, const Tensor &x, int64_t axis) -> Folded {
    if (hasEmptyRows(a, x))
      return {};
    return reduce(x, {axis}, a.resultType().dims(), a.resultDType(), place);
  };
  op(name, iOS15)
      .summary(summary)
      .in("x", T)
      .in("axis", int32, constant, dflt(-1))
      .in("keep_dims", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32})
      .infer(inferArg)
      .fold(folder, tensorOf("x"), axisOf("axis", "x"))
      .from(iOS17)
      .in("output_dtype", string, constant, dflt("int32"), oneOfIgnoringCase("int32", "uint16"));
}

void ops::defineReduction(Catalogue &catalogue) {
  OpFamily op(catalogue, "reduction");

  defineReduction(op, "reduce_sum", "Σ x", [](auto row) { return sumOf(row); });
  defineReduction(op, "reduce_prod", "Π x", [](auto row) { return product(row); });
  defineReduction(op, "reduce_mean", "the mean of x", [](auto row) { return double(sumOf(row)) / double(row.size()); }, false);
  defineReduction(
      op, "reduce_max", "the maximum of x; NaN if an element is NaN",
      [](auto row) { return extreme(row, [](auto x, auto y) { return x > y; }); }, false);
  defineReduction(
      op, "reduce_min", "the minimum of x; NaN if an element is NaN",
      [](auto row) { return extreme(row, [](auto x, auto y) { return x < y; }); }, false);
  defineReduction(op, "reduce_l1_norm", "Σ |x|", [](auto row) { return sumOf(row, [](auto x) { return std::abs(x); }); });
  defineReduction(op, "reduce_l2_norm", "√Σ x²", [](auto row) { return std::sqrt(sumOfSquares(row)); });
  defineReduction(op, "reduce_sum_square", "Σ x²", [](auto row) {
    return sumOf(row, [](auto x) -> decltype(x) {
      if constexpr (std::is_floating_point_v<decltype(x)>)
        return x * x;
      else
        return decltype(x)(uint64_t(x) * uint64_t(x));
    });
  });
  defineReduction(op, "reduce_log_sum", "ln Σ x", [](auto row) { return std::log(double(sumOf(row))); });
  defineReduction(op, "reduce_log_sum_exp", "ln Σ exp(x)", [](auto row) { return logSumExp(row); }, false);

  defineArg(op, "reduce_argmax", "the index of the maximum of x along axis, the first if there are several",
            [](auto x, auto y) { return x > y; });
  defineArg(op, "reduce_argmin", "the index of the minimum of x along axis, the first if there are several",
            [](auto x, auto y) { return x < y; });
}

} // namespace mil
